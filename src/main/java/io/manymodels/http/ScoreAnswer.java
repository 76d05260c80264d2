package io.manymodels.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.json.Json;
import io.manymodels.json.OutputJson;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.tensor.Prediction;
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
    Prediction prediction = scored.predicted().prediction();
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("deployment", scored.deployment());
      json.writeStringField("model", scored.predicted().ref().tenant().value());
      json.writeNumberField("version", scored.predicted().ref().version().number());
      json.writeFieldName("prediction");
      OutputJson.writePrediction(prediction.first(), json);
      if (!prediction.outputs().isEmpty()) {
        json.writeObjectFieldStart("outputs");
        for (Prediction.Named output : prediction.outputs()) {
          json.writeFieldName(output.name());
          OutputJson.write(output.value(), json);
        }
        json.writeEndObject();
      }
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
}
