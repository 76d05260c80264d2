package io.manymodels.protocol.v2;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.manymodels.json.ElementsReader;
import io.manymodels.json.Json;
import io.manymodels.json.JsonFaults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request from JSON and the bytes behind it. Members that are unknown or null are passed
 * over: clients send more than the protocol has. Thread-confined.
 */
final class InferRequestReader {
  private final JsonParser json;
  private final ElementsReader elements;
  private final MembersReader members;
  private final List<InputDraft> inputs = new ArrayList<>(1);
  private final List<OutputDraft> outputs = new ArrayList<>(1);
  private @Nullable String id;
  private boolean binary;

  private InferRequestReader(JsonParser json, int maxValues) {
    this.json = json;
    this.elements = new ElementsReader(json, maxValues);
    this.members = new MembersReader(json, elements);
  }

  /** An output as it was asked for; {@code binary} is null where the request's word counts. */
  private record OutputDraft(String name, @Nullable Boolean binary, int classes) {}

  /**
   * Reads all of a request.
   *
   * @param json at its beginning
   * @param tail what is behind the JSON
   * @param maxValues elements of inputs that are taken as JSON
   * @throws io.manymodels.model.ServingException {@code INVALID_INPUT}, {@code INPUT_MISMATCH} or
   *     {@code PAYLOAD_TOO_LARGE}
   */
  static InferRequest read(JsonParser json, ByteBuffer tail, int maxValues) {
    // tritonclient writes numpy's numbers as Python does.
    json.enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());
    try {
      return new InferRequestReader(json, maxValues).read(tail);
    } catch (StreamConstraintsException e) {
      throw JsonFaults.invalid("", JsonFaults.TOO_DEEP);
    } catch (IOException e) {
      throw JsonFaults.invalid("", Json.complaint(e) + hint(tail));
    }
  }

  private static String hint(ByteBuffer tail) {
    return tail.hasRemaining()
        ? "; the header Inference-Header-Content-Length says how many bytes are JSON"
        : "; where bytes of tensors follow the JSON, the header Inference-Header-Content-Length"
            + " must say how long the JSON is";
  }

  private InferRequest read(ByteBuffer tail) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw JsonFaults.invalid("", "expected a JSON object with inputs" + hint(tail));
    }
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      switch (key) {
        case "id" -> id = members.text("/id", value);
        case "inputs" -> members.eachOf("/inputs", value, this::input);
        case "outputs" -> members.eachOf("/outputs", value, this::output);
        case "parameters" -> members.parameters("/parameters", value, this::parameter);
        default -> json.skipChildren();
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
      throw JsonFaults.invalid("", "expected the end after the object" + hint(tail));
    }
    return request(tail);
  }

  private InferRequest request(ByteBuffer tail) {
    List<InferInput> read = new ArrayList<>(inputs.size());
    for (InputDraft input : inputs) {
      read.add(input.input(tail));
    }
    if (tail.hasRemaining()) {
      throw V2Faults.invalid(
          tail.remaining()
              + " bytes are left over behind the tensors; an input says by the parameter"
              + " binary_data_size how many are its own");
    }
    List<RequestedOutput> wanted = new ArrayList<>(outputs.size());
    for (OutputDraft output : outputs) {
      boolean itsBinary = output.binary() == null ? binary : output.binary();
      wanted.add(new RequestedOutput(output.name(), itsBinary, output.classes()));
    }
    return new InferRequest(Optional.ofNullable(id), read, wanted, binary);
  }

  private void input(int index) throws IOException {
    InputDraft draft = new InputDraft(index);
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (value == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (key) {
        case "name" -> draft.name = members.text(draft.pointer() + "/name", value);
        case "datatype" -> draft.datatype = members.text(draft.pointer() + "/datatype", value);
        case "shape" -> draft.shape = members.shape(draft.pointer() + "/shape", value);
        case "data" -> {
          String pointer = draft.pointer() + "/data";
          MembersReader.require(pointer, "an array", JsonToken.START_ARRAY, value);
          draft.data = elements.read(value, () -> pointer);
        }
        case "parameters" ->
            members.parameters(
                draft.pointer() + "/parameters",
                value,
                (name, its) -> {
                  if (name.equals("binary_data_size")) {
                    draft.binarySize = InferParameters.count(name, its, 0);
                  }
                });
        default -> json.skipChildren();
      }
    }
    inputs.add(draft);
  }

  private void output(int index) throws IOException {
    String pointer = "/outputs/" + index;
    @Nullable String name = null;
    @Nullable Boolean[] itsBinary = {null};
    int[] classes = {0};
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      switch (key) {
        case "name" -> name = members.text(pointer + "/name", value);
        case "parameters" ->
            members.parameters(
                pointer + "/parameters",
                value,
                (parameter, its) -> {
                  if (parameter.equals("binary_data")) {
                    itsBinary[0] = InferParameters.flag(parameter, its);
                  } else if (parameter.equals("classification")) {
                    classes[0] = InferParameters.count(parameter, its, 1);
                  }
                });
        default -> json.skipChildren();
      }
    }
    if (name == null) {
      throw JsonFaults.invalid(pointer, "the member name is missing");
    }
    outputs.add(new OutputDraft(name, itsBinary[0], classes[0]));
  }

  private void parameter(String key, Object value) {
    if (key.equals("binary_data_output")) {
      binary = InferParameters.flag(key, value);
    }
  }
}
