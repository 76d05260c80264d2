package io.manymodels.protocol.v2;

import io.manymodels.json.Json;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;

/**
 * One output of an answer.
 *
 * @param name of the output
 * @param datatype of its elements
 * @param shape its dimensions, as the model gives them; immutable by convention
 * @param cells its elements, row-major
 * @param classes what the elements of a row stand for, where the model answers a map: texts or
 *     whole numbers; else empty
 * @param binary whether the client wants its elements as bytes, where the carrier has a choice
 */
@SuppressWarnings("ArrayRecordComponent")
public record OutputTensor(
    String name, Datatype datatype, int[] shape, Cells cells, Cells classes, boolean binary) {
  /** Of an output that is no map. */
  public static final Cells NO_CLASSES = new Cells.Texts(new String[0]);

  /**
   * The classes as the text of the parameter {@code classes}: a JSON array, because a parameter is
   * no list in this protocol.
   */
  public String classesAsJson() {
    return Json.write(
        classes instanceof Cells.Texts texts ? texts.values() : ((Cells.Longs) classes).values());
  }
}
