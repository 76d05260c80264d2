package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.TenantId;
import io.manymodels.placement.Placement;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Tenants;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed answers over the direct port: short ones on the event loop, long ones beside it. */
class PackedAnswersTest extends DirectFixture {
  private void fill(int tenants) {
    Map<TenantId, Placement> placements = new HashMap<>();
    Tenants.firstTo(tenants).forEach(t -> placements.put(t, new Placement("Deployment1", false)));
    cluster.publish(1, placements);
    Eventually.holds("it has a table", () -> dispatcher.table().value().size() == tenants);
  }

  private static String get(String method, String headers) {
    return method + " /deployment_map HTTP/1.1\r\nhost: h\r\n" + headers + "\r\n";
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 10_000})
  void anAnswerIsCompressedForWhoTakesIt(int tenants) throws IOException {
    fill(tenants);
    try (Client client = new Client()) {
      Answer plain = client.write(get("GET", "")).read();
      assertThat(plain.body().length() > AnswerPacking.LONG).isEqualTo(tenants == 10_000);
      assertThat(plain.headers())
          .containsEntry("vary", "accept-encoding")
          .doesNotContainKey("content-encoding");
      client.write(get("HEAD", "accept-encoding: gzip\r\n"));
      Answer head = client.read(true);
      client.write(get("GET", "accept-encoding: br, gzip\r\nconnection: close\r\n"));
      DataInputStream in = new DataInputStream(client.socket.getInputStream());
      byte[] answer = in.readAllBytes();
      int end = new String(answer, UTF_8).indexOf("\r\n\r\n") + 4;
      assertThat(head.headers())
          .containsEntry("content-encoding", "gzip")
          .containsEntry("vary", "accept-encoding")
          .containsEntry("content-length", "" + (answer.length - end));
      byte[] unpacked =
          new GZIPInputStream(new ByteArrayInputStream(answer, end, answer.length - end))
              .readAllBytes();
      assertThat(new String(unpacked, UTF_8)).isEqualTo(plain.body());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate, br", "*"})
  void errorsAreNeverCompressed(String accepted) throws IOException {
    Answer answer = ask(get("GET", "accept-encoding: " + accepted + "\r\n").replace("_map", "_x"));
    assertProblem(answer, 404, "not-found");
    assertThat(answer.headers()).doesNotContainKey("content-encoding");
  }
}
