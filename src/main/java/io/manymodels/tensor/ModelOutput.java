package io.manymodels.tensor;

import java.util.List;

/**
 * One output of a model.
 *
 * @param name in the model
 * @param form of the value
 * @param datatype of its elements
 * @param shape its dimensions, {@link Signature#FREE} where any size is possible; of maps, one
 *     dimension for the rows and one for the classes
 * @param classes what the columns stand for, in their order, where the model says so; else empty
 */
public record ModelOutput(
    String name, Form form, Datatype datatype, List<Long> shape, List<String> classes) {

  /** The form of an output's value. */
  public enum Form {
    /** A tensor. */
    TENSOR,
    /** An object by class for each row: scikit-learn's converter calls it ZipMap. */
    MAPS,
    /** One object. */
    MAP,
    /** A list of tensors. */
    SEQUENCE
  }

  public ModelOutput {
    shape = List.copyOf(shape);
    classes = List.copyOf(classes);
    Signature.checkShape(name, shape);
  }

  /** A tensor whose columns stand for nothing in particular. */
  public ModelOutput(String name, Datatype datatype, List<Long> shape) {
    this(name, Form.TENSOR, datatype, shape, List.of());
  }
}
