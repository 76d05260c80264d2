package io.manymodels.protocol.v2;

import com.fasterxml.jackson.core.JsonParser;
import io.manymodels.http.Body;
import io.manymodels.json.Json;
import io.manymodels.json.JsonFaults;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.SomeNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The body of a request to infer. The header Inference-Header-Content-Length alone says what it is:
 * without it all of the body is JSON, else as many bytes are JSON and tensors follow; of zero all
 * of it is one tensor. Stateless.
 */
final class InferBody {
  static final String HEADER = "inference-header-content-length";
  static final String HEADER_NAME = "Inference-Header-Content-Length";
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
}
