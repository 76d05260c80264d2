package io.manymodels.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.inference.Prediction;
import io.manymodels.inference.Prediction.Doubles;
import io.manymodels.inference.Prediction.Floats;
import io.manymodels.inference.Prediction.Integers;
import io.manymodels.inference.Prediction.Texts;
import io.manymodels.json.Json;
import io.manymodels.scoring.ScoreRequests.Scored;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** The answer to POST /score. Stateless. */
final class ScoreAnswer {
  private ScoreAnswer() {}

  /**
   * Writes an answer.
   *
   * @param mapLimit placed tenants up to which the deployment_map is in it
   */
  static String write(Scored scored, DeploymentMap map, int mapLimit) {
    StringWriter out = new StringWriter(256 + (map.size() > mapLimit ? 0 : map.json().length()));
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("deployment", scored.deployment());
      json.writeStringField("model", scored.predicted().ref().tenant().value());
      json.writeNumberField("version", scored.predicted().ref().version().number());
      json.writeFieldName("prediction");
      write(scored.predicted().prediction(), json);
      if (map.size() <= mapLimit) {
        json.writeFieldName("deployment_map");
        json.writeRawValue(map.json());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toString();
  }

  private static void write(Prediction prediction, JsonGenerator json) throws IOException {
    int columns = prediction.columns();
    json.writeStartArray();
    for (int i = 0; i < prediction.size(); i++) {
      if (columns > 1 && i % columns == 0) {
        json.writeStartArray();
      }
      writeEntry(prediction, i, json);
      if (columns > 1 && i % columns == columns - 1) {
        json.writeEndArray();
      }
    }
    json.writeEndArray();
  }

  private static void writeEntry(Prediction prediction, int i, JsonGenerator json)
      throws IOException {
    if (prediction instanceof Integers integers) {
      json.writeNumber(integers.values()[i]);
    } else if (prediction instanceof Floats floats) {
      json.writeNumber(floats.values()[i]);
    } else if (prediction instanceof Doubles doubles) {
      json.writeNumber(doubles.values()[i]);
    } else if (prediction instanceof Texts texts) {
      json.writeString(texts.values().get(i));
    }
  }
}
