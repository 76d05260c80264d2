package io.manymodels.grpc;

import static io.manymodels.grpc.GrpcFixture.failure;
import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ServerLiveRequest;
import inference.GrpcService.ServerLiveResponse;
import io.grpc.Status;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.Http2Peer;
import io.manymodels.testing.InferenceClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that do harm: each is cut off or refused, and others are answered as ever. */
class GrpcFloodsTest {
  private static final int REFUSED_STREAM = 7;
  private static final int CANCEL = 8;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final String INFER = "/inference.GRPCInferenceService/ModelInfer";
  private static final String STREAM = "/inference.GRPCInferenceService/ModelStreamInfer";

  @TempDir private static Path folder;
  private static GrpcFixture running;

  @BeforeAll
  static void start() {
    Environment impatient = Environment.empty().with(Setting.DIRECT_REQUEST_SECONDS, "2");
    running = GrpcFixture.start(folder, impatient, "row_sum");
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  /** What is sent again and again. */
  enum Flood {
    /** CVE-2023-44487. */
    RESETS {
      @Override
      void send(Http2Peer peer, int stream) throws IOException {
        peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream, head());
        peer.frame(Http2Peer.RST_STREAM, 0, stream, Http2Peer.number(8));
      }
    },
    PINGS {
      @Override
      void send(Http2Peer peer, int stream) throws IOException {
        peer.frame(Http2Peer.PING, 0, 0, new byte[8]);
      }
    },
    SETTINGS {
      @Override
      void send(Http2Peer peer, int stream) throws IOException {
        peer.frame(Http2Peer.SETTINGS, 0, 0, new byte[0]);
      }
    },
    CONTINUATIONS {
      @Override
      void send(Http2Peer peer, int stream) throws IOException {
        boolean first = stream == 1;
        peer.frame(
            first ? Http2Peer.HEADERS : Http2Peer.CONTINUATION, 0, 1, first ? head() : new byte[0]);
      }
    };

    abstract void send(Http2Peer peer, int stream) throws IOException;
  }

  private static byte[] head() {
    return Http2Peer.head("POST", INFER, "content-type", "application/grpc", "te", "trailers");
  }

  private static Http2Peer connect() throws IOException {
    return new Http2Peer(new Socket(InetAddress.getLoopbackAddress(), running.port()));
  }

  private static void assertOthersAreAnswered() {
    assertThat(
            running
                .client()
                .infer(
                    request("row_sum", input("x", "FP32", 1, 3).setContents(floats(1, 2, 3)))
                        .build())
                .getOutputs(0)
                .getContents()
                .getFp32ContentsList())
        .containsExactly(6f);
  }

  @ParameterizedTest
  @EnumSource(Flood.class)
  void aFloodEndsTheConnection(Flood flood) throws IOException {
    try (Http2Peer peer = connect()) {
      try {
        // Settings are answered, and are too many when nobody takes the answers.
        for (int i = 0; i < (flood == Flood.SETTINGS ? 2_000_000 : 50_000); i++) {
          flood.send(peer, 2 * i + 1);
        }
        peer.flush();
      } catch (IOException closed) {
        // As it should be.
      }
      // A reset may overtake the GOAWAY, because the server has not read all.
      assertThat(peer.end()).isIn(-1, ENHANCE_YOUR_CALM, 1, 2);
    }
    assertOthersAreAnswered();
  }

  @Test
  void oneConnectionHasSoManyCallsAndNoMore() throws IOException {
    try (Http2Peer peer = connect()) {
      int stream = 1;
      for (; stream < 2 * 129; stream += 2) {
        peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream, head());
      }
      assertThat(peer.answer(stream - 2).reset()).isEqualTo(REFUSED_STREAM);
      assertThat(peer.sofar(1).reset()).isNull();
      assertOthersAreAnswered();
    }
  }

  @Test
  void aMessageThatSaysItIsHugeIsRefusedBeforeItComes() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, head());
      byte[] prefix = ByteBuffer.allocate(5).put((byte) 0).putInt(Integer.MAX_VALUE).array();
      peer.frame(Http2Peer.DATA, 0, 1, prefix).flush();
      Http2Peer.Streamed answer = peer.answer(1);
      assertThat(answer.headers()).containsEntry("grpc-status", "8");
    }
    assertOthersAreAnswered();
  }

  @Test
  void aRequestThatDoesNotEndIsGivenUp() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, head());
      byte[] begun = ByteBuffer.allocate(6).put((byte) 0).putInt(1_000).array();
      peer.frame(Http2Peer.DATA, 0, 1, begun).flush();
      assertThat(peer.answer(1).headers())
          .containsEntry("grpc-status", "4")
          .hasEntrySatisfying("grpc-message", said -> assertThat(said).contains("within 2"));
    }
  }

  /** They would keep their part of what all messages may take. */
  @ParameterizedTest
  @ValueSource(strings = {STREAM, "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"})
  void aMessageThatDoesNotEndIsGivenUp(String path) throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(
          Http2Peer.HEADERS,
          Http2Peer.END_HEADERS,
          1,
          Http2Peer.head("POST", path, "content-type", "application/grpc", "te", "trailers"));
      byte[] begun = ByteBuffer.allocate(6).put((byte) 0).putInt(1_000).array();
      peer.frame(Http2Peer.DATA, 0, 1, begun).flush();
      assertThat(peer.answer(1).reset()).isEqualTo(CANCEL);
    }
    assertOthersAreAnswered();
  }

  @ParameterizedTest
  @ValueSource(strings = {INFER, STREAM})
  void anAnswerThatNobodyTakesIsGivenUp(String path) throws IOException {
    try (Http2Peer peer = connect()) {
      byte[] noWindow = {0, 4, 0, 0, 0, 0};
      peer.frame(Http2Peer.SETTINGS, 0, 0, noWindow);
      peer.frame(
          Http2Peer.HEADERS,
          Http2Peer.END_HEADERS,
          1,
          Http2Peer.head("POST", path, "content-type", "application/grpc", "te", "trailers"));
      byte[] row =
          request("row_sum", input("x", "FP32", 1, 3).setContents(floats(1, 2, 3)))
              .build()
              .toByteArray();
      byte[] message =
          ByteBuffer.allocate(5 + row.length).put((byte) 0).putInt(row.length).put(row).array();
      peer.frame(Http2Peer.DATA, Http2Peer.END_STREAM, 1, message).flush();
      assertThat(peer.answer(1).reset()).isEqualTo(CANCEL);
      assertThat(peer.sofar(1).headers()).containsEntry(":status", "200");
    }
    assertOthersAreAnswered();
  }

  @Test
  void whatIsNoMessageOfTheMethodIsSaidToBeNone() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, head());
      byte[] message =
          ByteBuffer.allocate(8).put((byte) 0).putInt(3).put(new byte[] {-1, -1, -1}).array();
      peer.frame(Http2Peer.DATA, Http2Peer.END_STREAM, 1, message).flush();
      assertThat(peer.answer(1).headers()).containsEntry("grpc-status", "3");
    }
  }

  /** Each is a fault of the client, found when the message is unpacked. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void whatIsNotPackedAsItSaysIsDamaged(String encoding) throws IOException {
    for (byte[] packed : List.of(new byte[0], new byte[20], new byte[] {0x1f, (byte) 0x8b, 8})) {
      for (String path : List.of(INFER, STREAM)) {
        try (Http2Peer peer = connect()) {
          peer.frame(
              Http2Peer.HEADERS,
              Http2Peer.END_HEADERS,
              1,
              Http2Peer.head(
                  "POST",
                  path,
                  "content-type",
                  "application/grpc",
                  "te",
                  "trailers",
                  "grpc-encoding",
                  encoding));
          byte[] message =
              ByteBuffer.allocate(5 + packed.length)
                  .put((byte) 1)
                  .putInt(packed.length)
                  .put(packed)
                  .array();
          peer.frame(Http2Peer.DATA, Http2Peer.END_STREAM, 1, message).flush();
          Http2Peer.Streamed answer = peer.answer(1);
          assertThat(answer.headers().get("grpc-message") + answer.body()).contains("is damaged");
          assertThat(answer.headers()).containsEntry("grpc-status", path.equals(INFER) ? "3" : "0");
        }
      }
    }
  }

  /** Two bytes each, which would be objects of fifty. */
  @Test
  void aMessageOfMillionsOfEmptyPartsIsRefusedBeforeItIsRead() {
    UnknownFieldSet inputs = parts(5, 2_000_000);
    UnknownFieldSet unknown = parts(99, 2_000_000);
    for (UnknownFieldSet parts : List.of(inputs, unknown)) {
      Status status =
          failure(
              () ->
                  running
                      .client()
                      .infer(ModelInferRequest.newBuilder().setUnknownFields(parts).build()));
      assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(status.getDescription()).contains("fields and numbers");
    }
    Status live =
        failure(
            () ->
                running
                    .client()
                    .call(
                        "ServerLive",
                        ServerLiveRequest.newBuilder().setUnknownFields(parts(1, 50_000)).build(),
                        ServerLiveResponse.getDefaultInstance()));
    assertThat(live.getCode()).as("%s", live).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertOthersAreAnswered();
  }

  private static UnknownFieldSet parts(int field, int count) {
    UnknownFieldSet.Field.Builder parts = UnknownFieldSet.Field.newBuilder();
    for (int i = 0; i < count; i++) {
      parts.addLengthDelimited(ByteString.EMPTY);
    }
    return UnknownFieldSet.newBuilder().addField(field, parts.build()).build();
  }

  @Test
  void aCallWithoutAMessageIsRefused() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, 1, head());
      assertThat(peer.answer(1).headers()).containsEntry("grpc-status", "3");
    }
  }

  @Test
  void twoMessagesWhereOneIsTakenAreRefused() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, head());
      peer.frame(Http2Peer.DATA, Http2Peer.END_STREAM, 1, new byte[10]).flush();
      assertThat(peer.answer(1).headers()).containsEntry("grpc-status", "3");
    }
  }

  @Test
  void headersHaveALimit() throws IOException {
    try (Http2Peer peer = connect()) {
      byte[] large =
          Http2Peer.head(
              "POST",
              INFER,
              "content-type",
              "application/grpc",
              "te",
              "trailers",
              "authorization",
              "Bearer " + "x".repeat(1 << 20));
      int sent = 0;
      try {
        for (int from = 0; from < large.length; from += 16_384, sent++) {
          byte[] part = Arrays.copyOfRange(large, from, Math.min(large.length, from + 16_384));
          int flags = from + 16_384 >= large.length ? Http2Peer.END_HEADERS : 0;
          peer.frame(sent == 0 ? Http2Peer.HEADERS : Http2Peer.CONTINUATION, flags, 1, part);
        }
        peer.flush();
        assertThat(peer.answer(1).status()).isEqualTo(431);
      } catch (IOException closed) {
        assertThat(peer.end()).isIn(-1, 1, ENHANCE_YOUR_CALM);
      }
    }
    assertOthersAreAnswered();
  }

  @Test
  void whatIsNoHttp2IsCutOff() throws IOException {
    for (String sent :
        List.of(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000")) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.port())) {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(sent.getBytes(US_ASCII));
        socket.getOutputStream().write(new byte[64]);
        byte[] said = socket.getInputStream().readAllBytes();
        assertThat(said.length).isLessThan(1_000);
      } catch (SocketException reset) {
        // Cut off.
      }
    }
    assertOthersAreAnswered();
  }

  @Test
  void pathsThatAreNoMethodAreUnimplemented() {
    try (InferenceClient client = running.newClient(builder -> {})) {
      Status status =
          failure(
              () ->
                  client.call(
                      "../ModelInfer",
                      request("row_sum").build(),
                      ModelInferResponse.getDefaultInstance()));
      assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }
}
