package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies and answers that are compressed, on the port that most requests come by. */
class CompressionIT {
  private static final int ROWS = 1_000;
  private static final String HEADER = "Inference-Header-Content-Length";
  private static final String INFER = "/v2/models/tenant1/infer";
  private final Application application = Application.of(getClass());

  private static byte[] pack(byte[] bytes, String coding) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        coding.equals("gzip") ? new GZIPOutputStream(packed) : new DeflaterOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] unpack(byte[] bytes, String coding) throws IOException {
    InputStream in = new ByteArrayInputStream(bytes);
    try (InputStream out =
        coding.equals("gzip") ? new GZIPInputStream(in) : new InflaterInputStream(in)) {
      return out.readAllBytes();
    }
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return Application.client().send(request.build(), BodyHandlers.ofByteArray());
  }

  /** The demo's rows, as JSON or as bytes behind it; whole answers of bytes in the second case. */
  private static byte[] json(boolean binary) {
    String tensor = "{\"name\":\"X\",\"shape\":[" + ROWS + ",4],\"datatype\":\"FP32\",";
    String data =
        binary
            ? "\"parameters\":{\"binary_data_size\":" + 16 * ROWS + "}}],"
            : "\"data\":[" + "5.1,3.5,1.4,0.2,".repeat(ROWS - 1) + "5.1,3.5,1.4,0.2]}],";
    String output = "\"parameters\":{\"binary_data_output\":" + binary + "}}";
    return ("{\"inputs\":[" + tensor + data + output).getBytes(UTF_8);
  }

  private static byte[] body(byte[] json, boolean binary) {
    ByteBuffer body = ByteBuffer.allocate(json.length + (binary ? 16 * ROWS : 0));
    body.order(ByteOrder.LITTLE_ENDIAN).put(json);
    while (body.hasRemaining()) {
      body.putFloat(5.1f).putFloat(3.5f).putFloat(1.4f).putFloat(0.2f);
    }
    return body.array();
  }

  @ParameterizedTest
  @CsvSource({"gzip,false", "deflate,false", "gzip,true", "deflate,true"})
  void tensorsAreTakenAndGivenCompressed(String coding, boolean binary) throws Exception {
    byte[] json = json(binary);
    byte[] body = body(json, binary);
    HttpRequest.Builder plain = application.request(INFER).POST(BodyPublishers.ofByteArray(body));
    HttpRequest.Builder packed =
        application
            .request(INFER)
            .header("Content-Encoding", coding)
            .header("Accept-Encoding", coding)
            .POST(BodyPublishers.ofByteArray(pack(body, coding)));
    if (binary) {
      plain.header(HEADER, String.valueOf(json.length));
      packed.header(HEADER, String.valueOf(json.length));
    }
    HttpResponse<byte[]> expected = send(plain);
    HttpResponse<byte[]> answer = send(packed);

    assertThat(expected.statusCode()).as(new String(expected.body(), UTF_8)).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-encoding")).hasValue(coding);
    assertThat(answer.headers().firstValue("vary")).hasValue("accept-encoding");
    assertThat(answer.body().length).isLessThan(expected.body().length / 2);
    assertThat(unpack(answer.body(), coding)).isEqualTo(expected.body());
    assertThat(answer.headers().firstValue(HEADER))
        .isEqualTo(expected.headers().firstValue(HEADER));
    assertThat(expected.headers().firstValue("content-encoding")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void whatUnpacksToTooMuchIsRefusedPlain(String coding) throws Exception {
    byte[] spaces = new byte[9 << 20];
    Arrays.fill(spaces, (byte) ' ');
    HttpResponse<byte[]> answer =
        send(
            application
                .request(INFER)
                .header("Content-Encoding", coding)
                .header("Accept-Encoding", coding)
                .POST(BodyPublishers.ofByteArray(pack(spaces, coding))));
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.headers().firstValue("content-encoding")).isEmpty();
    JsonNode error = Answer.JSON.readTree(answer.body());
    assertThat(error.path("error").asText()).contains("longer than 8388608 bytes");
  }

  @Test
  void otherCodingsAreRefused() throws Exception {
    HttpResponse<byte[]> answer =
        send(
            application
                .request(INFER)
                .header("Content-Encoding", "br")
                .POST(BodyPublishers.ofByteArray(json(false))));
    assertThat(answer.statusCode()).isEqualTo(415);
    assertThat(new String(answer.body(), UTF_8)).contains("gzip or by deflate", "br");
  }
}
