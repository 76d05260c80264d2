package io.manymodels.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Rows;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** Rows in a document of their own, such as an example. Stateless. */
public final class RowsJson {
  private RowsJson() {}

  /**
   * Reads an object with {@code data}, {@code columns} and {@code data}, {@code records} or {@code
   * inputs}, as a request has them. Other keys are refused.
   *
   * @throws io.manymodels.model.ServingException {@code INVALID_INPUT}, {@code PAYLOAD_TOO_LARGE}
   *     or {@code INPUT_MISMATCH}, with a pointer to the place
   */
  public static Rows read(String document) {
    try (JsonParser json = Json.mapper().createParser(document)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw JsonFaults.invalid("", "expected an object with one of " + RowsReader.KEYS);
      }
      RowsReader reader =
          new RowsReader(
              json, DispatcherConfig.MAX_ROWS.byDefault(), DispatcherConfig.MAX_VALUES.byDefault());
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        if (!reader.read(key, json.nextToken())) {
          throw JsonFaults.invalid(
              "/" + Rows.escaped(key), "unknown key; known are " + RowsReader.KEYS);
        }
      }
      if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
        throw JsonFaults.invalid("", "expected the end after the object");
      }
      return reader.rows();
    } catch (StreamConstraintsException e) {
      throw JsonFaults.invalid("", JsonFaults.TOO_DEEP);
    } catch (IOException e) {
      throw JsonFaults.invalid("", Json.complaint(e));
    }
  }

  /**
   * Writes rows by input, as {@code {"inputs": {"plan": [""], "seats": [0]}}}; of the only input
   * that is a matrix, by position.
   *
   * @param rows of {@link Rows.Form#INPUTS}, with cells of one shape in each block
   */
  public static String write(Rows rows) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      json.writeStartObject();
      boolean matrix =
          rows.blocks().size() == 1 && rows.blocks().get(0).shapes().dimensions(0).length == 1;
      if (matrix) {
        json.writeFieldName("data");
        write(rows.blocks().get(0), rows.count(), json);
      } else {
        json.writeObjectFieldStart("inputs");
        for (Block block : rows.blocks()) {
          json.writeFieldName(block.names().get(0));
          write(block, rows.count(), json);
        }
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toString();
  }

  private static void write(Block block, int count, JsonGenerator json) throws IOException {
    int[] shape = CellShapes.ofList(count, block.shapes().dimensions(0));
    OutputJson.write(new OutputValue.Tensor(block.cells(), shape), json);
  }
}
