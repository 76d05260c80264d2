package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonParser;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Requests of JSON and of bytes are read, or refused with a reason; nothing else. */
class InferRequestFuzzTest {
  private static final int MAX_VALUES = 1_000;
  private static final List<Datatype> TYPES = List.of(Datatype.values());
  private static final Set<ErrorCode> REFUSALS =
      Set.of(ErrorCode.INVALID_INPUT, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.INPUT_MISMATCH);

  private static void readOrRefused(Runnable read) {
    try {
      read.run();
    } catch (ServingException e) {
      assertThat(e.code()).isIn(REFUSALS);
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** The first zero byte ends the JSON. */
  @FuzzTest(maxDuration = "60s")
  void request(byte[] input) {
    int end = new String(input, ISO_8859_1).indexOf(0);
    int length = end < 0 ? input.length : end;
    String text = new String(input, 0, length, UTF_8);
    ByteBuffer tail =
        ByteBuffer.wrap(
            Arrays.copyOfRange(input, Math.min(input.length, length + 1), input.length));
    readOrRefused(
        () -> {
          InferRequest request = read(text, tail);
          Rows rows = request.rows(100, MAX_VALUES, false);
          assertThat(rows.count()).isBetween(1, 100);
          assertThat(rows.values()).isLessThanOrEqualTo(MAX_VALUES);
          assertThat(rows.blocks()).hasSameSizeAs(request.inputs());
        });
  }

  private static InferRequest read(String text, ByteBuffer tail) {
    try (JsonParser json = Json.mapper().createParser(text)) {
      return InferRequestReader.read(json, tail, MAX_VALUES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first two bytes are the datatype and the size. */
  @FuzzTest(maxDuration = "60s")
  void tensor(byte[] input) {
    if (input.length < 2) {
      return;
    }
    Datatype type = TYPES.get(Math.floorMod(input[0], TYPES.size()));
    TensorHead head = TensorHead.of("x", type.name(), input[1] & 0xff);
    ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOfRange(input, 2, input.length));
    readOrRefused(
        () -> assertThat(TensorBytes.read(head, bytes).size()).isEqualTo(head.elements()));
  }
}
