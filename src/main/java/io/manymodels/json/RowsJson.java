package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.tensor.Rows;
import java.io.IOException;

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
}
