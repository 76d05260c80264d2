package io.manymodels.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.json.Json;
import io.manymodels.json.OutputJson;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.tensor.Prediction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The answer to POST /score. Stateless. */
final class ScoreAnswer {
  private static final int ROOM = 256;

  private ScoreAnswer() {}

  /**
   * Writes an answer.
   *
   * @param mapLimit placed tenants up to which the deployment_map is in it
   */
  static byte[] write(Scored scored, DeploymentMap map, int mapLimit) {
    boolean withMap = map.size() <= mapLimit;
    int mapBytes = withMap ? map.json().asUnquotedUTF8().length : 0;
    ByteArrayOutputStream out = new ByteArrayOutputStream(ROOM + mapBytes);
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
      if (withMap) {
        json.writeFieldName("deployment_map");
        json.writeRawValue(map.json());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }
}
