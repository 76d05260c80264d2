package io.manymodels.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.manymodels.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Requests of Open Inference Protocol V2 for rows of the corpus, and its answers in the form that
 * {@link CorpusAnswers} compares. Written from the protocol's text, without the code under test.
 */
public final class CorpusTensors {
  private CorpusTensors() {}

  /**
   * A request.
   *
   * @param jsonLength bytes that are JSON
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Request(byte[] body, int jsonLength) {}

  /**
   * A request for all outputs.
   *
   * @param metadata of the model, by the protocol
   * @param binary whether tensors are sent and wanted as bytes; where a value is missing that has
   *     no bytes, the tensor is JSON all the same
   */
  public static Request request(
      Corpus.Case model, List<Integer> rows, JsonNode metadata, boolean binary) {
    ObjectNode body = Json.mapper().createObjectNode();
    ByteArrayOutputStream tail = new ByteArrayOutputStream();
    body.putObject("parameters").put("binary_data_output", binary);
    ArrayNode inputs = body.putArray("inputs");
    for (Corpus.Bind bind : model.binds()) {
      JsonNode declared = byName(metadata.path("inputs"), bind.input());
      ArrayNode nested = Json.mapper().createArrayNode();
      rows.forEach(row -> nested.add(CorpusForm.entry(model, bind, row)));
      List<Integer> shape = new ArrayList<>();
      for (JsonNode part = nested; part.isArray(); part = part.path(0)) {
        shape.add(part.size());
      }
      if (shape.size() < declared.path("shape").size()) {
        shape.add(1);
      }
      List<JsonNode> elements = new ArrayList<>();
      flatten(nested, elements);
      String datatype = declared.path("datatype").asText();
      ObjectNode input = inputs.addObject().put("name", bind.input()).put("datatype", datatype);
      shape.forEach(input.putArray("shape")::add);
      if (binary && elements.stream().noneMatch(each -> each.isNull() && !isFloat(datatype))) {
        byte[] bytes = bytes(datatype, elements);
        input.putObject("parameters").put("binary_data_size", bytes.length);
        tail.writeBytes(bytes);
      } else {
        input.set("data", nested);
      }
    }
    byte[] json = body.toString().getBytes(UTF_8);
    byte[] all =
        ByteBuffer.allocate(json.length + tail.size()).put(json).put(tail.toByteArray()).array();
    return new Request(all, json.length);
  }

  /**
   * The outputs of an answer as POST /score gives them: tensors as nested arrays, maps as objects.
   *
   * @param jsonLength bytes that are JSON
   */
  public static JsonNode outputs(byte[] answer, int jsonLength) {
    ObjectNode outputs = Json.mapper().createObjectNode();
    JsonNode json = Json.read(ByteBuffer.wrap(answer, 0, jsonLength), JsonNode.class);
    ByteBuffer tail = ByteBuffer.wrap(answer).position(jsonLength).order(ByteOrder.LITTLE_ENDIAN);
    for (JsonNode output : json.path("outputs")) {
      List<JsonNode> elements = new ArrayList<>();
      JsonNode parameters = output.path("parameters");
      int count = 1;
      for (JsonNode dimension : output.path("shape")) {
        count *= dimension.asInt();
      }
      if (parameters.has("binary_data_size")) {
        int end = tail.position() + parameters.path("binary_data_size").asInt();
        for (int i = 0; i < count; i++) {
          elements.add(element(output.path("datatype").asText(), tail));
        }
        if (tail.position() != end) {
          throw new AssertionError("not as many bytes as it says: " + output);
        }
      } else {
        output.path("data").forEach(elements::add);
      }
      if (elements.size() != count) {
        throw new AssertionError(elements.size() + " elements in " + output);
      }
      JsonNode value = nested(elements.iterator(), output.path("shape"), 0);
      outputs.set(output.path("name").asText(), classes(value, parameters.path("classes")));
    }
    if (tail.hasRemaining()) {
      throw new AssertionError(tail.remaining() + " bytes are left over");
    }
    return outputs;
  }

  private static JsonNode byName(JsonNode all, String name) {
    for (JsonNode each : all) {
      if (each.path("name").asText().equals(name)) {
        return each;
      }
    }
    throw new AssertionError(name + " is not in " + all);
  }

  private static void flatten(JsonNode nested, List<JsonNode> elements) {
    if (nested.isArray()) {
      nested.forEach(each -> flatten(each, elements));
    } else {
      elements.add(nested);
    }
  }

  private static boolean isFloat(String datatype) {
    return datatype.startsWith("FP");
  }

  private static byte[] bytes(String datatype, List<JsonNode> elements) {
    int length = elements.stream().mapToInt(each -> 8 + 4 * each.asText().length()).sum();
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    for (JsonNode each : elements) {
      switch (datatype) {
        case "FP32" -> out.putFloat(each.isNull() ? Float.NaN : (float) each.asDouble());
        case "FP64" -> out.putDouble(each.isNull() ? Double.NaN : each.asDouble());
        case "INT64", "UINT64" -> out.putLong(each.asLong());
        case "INT32", "UINT32" -> out.putInt(each.asInt());
        case "INT16", "UINT16" -> out.putShort((short) each.asInt());
        case "INT8", "UINT8" -> out.put((byte) each.asInt());
        case "BOOL" -> out.put((byte) (each.asBoolean() || each.asInt() == 1 ? 1 : 0));
        case "BYTES" -> {
          byte[] text = each.asText().getBytes(UTF_8);
          out.putInt(text.length).put(text);
        }
        default -> throw new AssertionError("no bytes of " + datatype);
      }
    }
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  private static JsonNode element(String datatype, ByteBuffer in) {
    var nodes = Json.mapper().getNodeFactory();
    return switch (datatype) {
      case "FP32" -> finite(in.getFloat());
      case "FP64" -> finite(in.getDouble());
      case "INT64" -> nodes.numberNode(in.getLong());
      case "INT32" -> nodes.numberNode(in.getInt());
      case "INT8" -> nodes.numberNode((int) in.get());
      case "UINT8" -> nodes.numberNode(in.get() & 0xff);
      case "BOOL" -> nodes.booleanNode(in.get() == 1);
      case "BYTES" -> {
        byte[] text = new byte[in.getInt()];
        in.get(text);
        yield nodes.textNode(new String(text, UTF_8));
      }
      default -> throw new AssertionError("no elements of " + datatype);
    };
  }

  private static JsonNode finite(double number) {
    var nodes = Json.mapper().getNodeFactory();
    return Double.isFinite(number) ? nodes.numberNode(number) : nodes.nullNode();
  }

  private static JsonNode nested(Iterator<JsonNode> next, JsonNode shape, int dimension) {
    if (dimension == shape.size()) {
      return next.next();
    }
    ArrayNode list = Json.mapper().createArrayNode();
    for (int i = 0; i < shape.path(dimension).asInt(); i++) {
      list.add(nested(next, shape, dimension + 1));
    }
    return list;
  }

  private static JsonNode classes(JsonNode value, JsonNode classes) {
    if (classes.isMissingNode()) {
      return value;
    }
    JsonNode names = Json.read(classes.asText(), JsonNode.class);
    if (value.path(0).isArray()) {
      ArrayNode rows = Json.mapper().createArrayNode();
      value.forEach(row -> rows.add(classes(row, classes)));
      return rows;
    }
    ObjectNode map = Json.mapper().createObjectNode();
    for (int i = 0; i < names.size(); i++) {
      map.set(names.path(i).asText(), value.path(i));
    }
    return map;
  }
}
