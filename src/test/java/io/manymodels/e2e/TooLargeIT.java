package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests over a limit, and bytes that are no HTTP at all. */
class TooLargeIT {
  private static final int LIMIT = 8 << 20;
  private static final String HEAD = "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4,0.2]]";

  private final Application application = Application.of(getClass());

  @AfterEach
  void stillServing() {
    assertThat(application.score("tenant1", Expected.row("tenant1", 0)).status()).isEqualTo(200);
  }

  /** A right request of this many bytes. */
  private static byte[] body(int length) {
    byte[] body = new byte[length];
    Arrays.fill(body, (byte) ' ');
    byte[] head = (HEAD + "}").getBytes(US_ASCII);
    System.arraycopy(head, 0, body, 0, head.length);
    return body;
  }

  @Test
  void nineMegabytesAre413() {
    Answer answer =
        RawHttp.exchange(
            application.base(),
            RawHttp.request(
                "POST /score",
                "Content-Type: application/json\r\nContent-Length: 9437184\r\n",
                body(9 << 20)));

    Problems.check(application, answer, 413, "payload-too-large");
    assertThat(answer.json().path("detail").asText()).contains(String.valueOf(LIMIT));
    assertThat(answer.header("connection")).hasValue("close");
  }

  @Test
  void anAnnouncedTerabyteIsRefusedBeforeItComes() {
    Answer answer =
        RawHttp.exchange(
            application.base(),
            RawHttp.request("POST /score", "Content-Length: 1099511627776\r\n", new byte[0]));

    Problems.check(application, answer, 413, "payload-too-large");
  }

  @Test
  void nineMegabytesInChunksAre413() {
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    byte[] megabyte = new byte[1 << 20];
    for (int i = 0; i < 9; i++) {
      chunks.writeBytes("100000\r\n".getBytes(US_ASCII));
      chunks.writeBytes(megabyte);
      chunks.writeBytes("\r\n".getBytes(US_ASCII));
    }
    chunks.writeBytes("0\r\n\r\n".getBytes(US_ASCII));

    Answer answer =
        RawHttp.exchange(
            application.base(),
            RawHttp.request("POST /score", "Transfer-Encoding: chunked\r\n", chunks.toByteArray()));

    Problems.check(application, answer, 413, "payload-too-large");
  }

  @Test
  void exactlyTheLimitIsTaken() {
    Answer answer =
        RawHttp.exchange(
            application.base(),
            RawHttp.request("POST /score", "Content-Length: " + LIMIT + "\r\n", body(LIMIT)));

    assertThat(answer.ok().path("prediction")).hasSize(1);
  }

  @Test
  void tooManyRowsAre413() {
    Answer answer = application.score("tenant1", Expected.manyRows("tenant1", 10_001));

    Problems.check(application, answer, 413, "payload-too-large");
    assertThat(answer.json().path("detail").asText()).contains("10000 rows");
  }

  @Test
  void tooManyNumbersAre413() {
    String row = "[" + "1,".repeat(199) + "1]";
    String rows = (row + ",").repeat(5_000) + row;

    Answer answer =
        application.postJson("/score", "{\"tenant\":\"tenant1\",\"data\":[" + rows + "]}");

    Problems.check(application, answer, 413, "payload-too-large");
    assertThat(answer.json().path("detail").asText()).contains("1000000 numbers");
  }

  @Test
  void bytesThatAreNoHttpAre400() {
    Answer answer =
        RawHttp.exchange(application.base(), "\0\1\2 not HTTP\r\n\r\n".getBytes(US_ASCII));

    assertThat(answer.status()).isEqualTo(400);
    Problems.assertNoLeak(application, answer);
  }

  @Test
  void aClientThatLeavesInTheMiddleHarmsNobody() {
    byte[] half =
        RawHttp.request("POST /score", "Content-Length: 1000\r\n", "{\"ten".getBytes(US_ASCII));
    for (int i = 0; i < 20; i++) {
      RawHttp.sendAndLeave(application.base(), half);
    }

    assertThat(application.score("tenant1", Expected.rows("tenant1")).status()).isEqualTo(200);
  }

  @Test
  void aPathThatLeavesTheApplicationIs404() {
    for (String path : new String[] {"/../score", "/score/../status", "/%2e%2e/etc/passwd"}) {
      Answer answer =
          RawHttp.exchange(
              application.base(),
              RawHttp.request("POST " + path, "Content-Length: 2\r\n", "{}".getBytes(US_ASCII)));

      Problems.check(application, answer, 404, "not-found");
    }
  }
}
