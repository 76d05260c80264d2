package io.manymodels.protocol.tabular;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.json.Json;
import io.manymodels.json.OutputJson;
import io.manymodels.tensor.Prediction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * ListedPrediction as JSON: a list of the first output's values, one a row; or, where outputs were
 * asked for by name, an object with such a list for each. Stateless.
 */
public final class ListedPrediction {
  private static final int ROOM = 256;

  private ListedPrediction() {}

  /** These and nothing else. */
  public static byte[] bare(Prediction prediction) {
    return json(prediction, false);
  }

  /** An object with these as its only member, as MLflow and KServe answer them. */
  public static byte[] named(Prediction prediction) {
    return json(prediction, true);
  }

  private static byte[] json(Prediction prediction, boolean named) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(ROOM);
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      if (named) {
        json.writeStartObject();
        json.writeFieldName("predictions");
      }
      write(prediction, json);
      if (named) {
        json.writeEndObject();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }

  private static void write(Prediction prediction, JsonGenerator json) throws IOException {
    if (prediction.outputs().isEmpty()) {
      OutputJson.writeRows(prediction.first(), json);
      return;
    }
    json.writeStartObject();
    for (Prediction.Named output : prediction.outputs()) {
      json.writeFieldName(output.name());
      OutputJson.write(output.value(), json);
    }
    json.writeEndObject();
  }
}
