package io.manymodels.protocol.v2;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.json.Json;
import io.manymodels.json.OutputJson;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Answers as JSON, and behind it the bytes of the outputs that are wanted as such, in their order.
 * Stateless.
 */
final class InferResponseWriter {
  private static final int ROOM = 256;

  private InferResponseWriter() {}

  /**
   * A body.
   *
   * @param bytes all of it
   * @param jsonLength how many of them are the JSON
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Written(byte[] bytes, int jsonLength) {
    /** Whether there are bytes behind the JSON. */
    boolean isBinary() {
      return jsonLength < bytes.length;
    }
  }

  static Written write(InferResponse response) {
    byte[] json = json(response);
    int size = json.length;
    for (OutputTensor output : response.outputs()) {
      size = Math.addExact(size, output.binary() ? TensorBytes.size(output) : 0);
    }
    if (size == json.length) {
      return new Written(json, size);
    }
    ByteBuffer body = ByteBuffer.wrap(Arrays.copyOf(json, size)).position(json.length);
    for (OutputTensor output : response.outputs()) {
      if (output.binary()) {
        TensorBytes.write(output, body);
      }
    }
    return new Written(body.array(), json.length);
  }

  private static byte[] json(InferResponse response) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(ROOM);
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("model_name", response.ref().tenant().value());
      json.writeStringField("model_version", response.ref().version().toString());
      if (response.id().isPresent()) {
        json.writeStringField("id", response.id().get());
      }
      json.writeArrayFieldStart("outputs");
      for (OutputTensor output : response.outputs()) {
        write(output, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }

  private static void write(OutputTensor output, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", output.name());
    json.writeStringField("datatype", output.datatype().name());
    json.writeFieldName("shape");
    json.writeArray(output.shape(), 0, output.shape().length);
    if (output.binary() || output.classes().size() > 0) {
      json.writeObjectFieldStart("parameters");
      if (output.binary()) {
        json.writeNumberField("binary_data_size", TensorBytes.size(output));
      }
      if (output.classes().size() > 0) {
        json.writeStringField("classes", output.classesAsJson());
      }
      json.writeEndObject();
    }
    if (!output.binary()) {
      json.writeFieldName("data");
      OutputJson.write(flat(output.cells()), json);
    }
    json.writeEndObject();
  }

  private static OutputValue flat(Cells cells) {
    return new OutputValue.Tensor(cells, new int[] {cells.size()});
  }
}
