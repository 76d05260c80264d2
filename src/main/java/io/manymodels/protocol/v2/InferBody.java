package io.manymodels.protocol.v2;

import com.fasterxml.jackson.core.JsonParser;
import io.manymodels.http.Body;
import io.manymodels.json.Json;
import io.manymodels.json.JsonFaults;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.SomeNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The body of a request to infer. The header Inference-Header-Content-Length alone says what it is:
 * without it all of the body is JSON, else as many bytes are JSON and tensors follow; of zero all
 * of it is one tensor. Stateless.
 */
final class InferBody {
  static final String HEADER = "inference-header-content-length";
  private static final String HEADER_NAME = "Inference-Header-Content-Length";
  private static final Pattern DIGITS = Pattern.compile("0*[0-9]{1,9}");

  private InferBody() {}

  /**
   * How long the JSON is; empty when all of the body is.
   *
   * @param header its value
   * @throws ServingException {@code INVALID_INPUT}
   */
  static Optional<Integer> jsonLength(Optional<String> header, Body body) {
    if (header.isEmpty()) {
      return Optional.empty();
    }
    int length = body.bytes().remaining();
    String text = header.get().strip();
    if (!DIGITS.matcher(text).matches() || Integer.parseInt(text) > length) {
      throw V2Faults.invalid(
          "the header "
              + HEADER_NAME
              + ": expected how many of the body's "
              + length
              + " bytes are JSON, got "
              + SomeNames.quoted(text));
    }
    return Optional.of(Integer.valueOf(text));
  }

  /** Reads a request whose JSON has this length. Throws as {@link InferRequestReader#read}. */
  static InferRequest read(Body body, Optional<Integer> jsonLength, int maxValues) {
    Body json = jsonLength.map(body::first).orElse(body);
    ByteBuffer tail = ByteBuffer.allocate(0);
    if (jsonLength.isPresent()) {
      tail = body.bytes();
      tail.position(tail.position() + jsonLength.get());
    }
    try (JsonParser parser = parser(json, jsonLength.isPresent())) {
      return InferRequestReader.read(parser, tail, maxValues);
    } catch (IOException e) {
      throw JsonFaults.invalid("", Json.complaint(e));
    }
  }

  private static JsonParser parser(Body json, boolean measured) throws IOException {
    try {
      return json.parser();
    } catch (ServingException e) {
      throw V2Faults.invalid(
          e.getMessage()
              + (measured ? " as far as the header " : "; where bytes follow the JSON, the header ")
              + HEADER_NAME
              + (measured ? " says that it is JSON" : " must say how long the JSON is"));
    }
  }

  /**
   * Reads a tensor without any JSON, for the only input of a model; all outputs are wanted as
   * bytes. The batch is 1, and at most one other dimension is free. Of texts it is one, which is
   * all of the body, without its length before it.
   *
   * @throws ServingException {@code INVALID_INPUT}
   */
  static InferRequest raw(Body body, Signature signature) {
    List<ModelInput> inputs = signature.inputs().stream().filter(each -> !each.optional()).toList();
    if (inputs.size() != 1) {
      throw V2Faults.invalid(
          "a body without JSON is for a model with one input, and this one has "
              + inputs.size()
              + "; send JSON, and its length in the header "
              + HEADER_NAME);
    }
    ModelInput input = inputs.get(0);
    ByteBuffer bytes = body.bytes();
    TensorHead head = new TensorHead(input.name(), input.datatype(), shape(input, bytes));
    Cells cells =
        input.datatype() == Datatype.BYTES
            ? new Cells.Texts(new String[] {body.text()})
            : TensorBytes.read(head, bytes);
    return new InferRequest(
        Optional.empty(), List.of(new InferInput(head, cells)), List.of(), true);
  }

  private static int[] shape(ModelInput input, ByteBuffer bytes) {
    int[] shape = new int[input.shape().size()];
    int free = -1;
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      long dimension = i == 0 ? 1 : input.shape().get(i);
      if (dimension == Signature.FREE && free >= 0) {
        throw undetermined(input);
      }
      free = dimension == Signature.FREE ? i : free;
      shape[i] = (int) Math.max(1, dimension);
      elements = Math.min(Integer.MAX_VALUE, elements * shape[i]);
    }
    if (input.datatype() == Datatype.BYTES) {
      if (elements != 1) {
        throw undetermined(input);
      }
      return shape;
    }
    if (free >= 0) {
      shape[free] = (int) (bytes.remaining() / (elements * input.datatype().bytes()));
    }
    return shape;
  }

  private static ServingException undetermined(ModelInput input) {
    return V2Faults.ofInput(
        input.name(),
        "its shape "
            + input.shape()
            + " cannot be told from bytes alone; send JSON with the shape, and the length of the"
            + " JSON in the header "
            + HEADER_NAME);
  }
}
