package io.manymodels.grpc;

import static io.manymodels.grpc.GrpcFixture.failure;
import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import inference.GrpcService.ModelInferRequest;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.InferenceClient;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.ReplacedCertificates;
import io.manymodels.testing.TestCertificates;
import io.manymodels.testing.TlsClients;
import io.manymodels.tls.ServerTls;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port for gRPC with mutual TLS. */
class GrpcTlsTest {
  private static final ModelInferRequest ROW =
      request("row_sum", input("x", "FP32", 1, 3).setContents(floats(1, 2, 3))).build();

  @TempDir private static Path folder;
  private static ReplacedCertificates server;
  private static TestCertificates client;
  private static TestCertificates stranger;
  private static GrpcFixture running;

  @BeforeAll
  static void start() throws Exception {
    server = ReplacedCertificates.make(folder);
    client = TestCertificates.make(Files.createDirectory(folder.resolve("client")), "localhost");
    stranger = TestCertificates.make(Files.createDirectory(folder.resolve("other")), "localhost");
    Environment mutual =
        Environment.empty()
            .with(Setting.TLS_CERT_FILE, server.file("server.pem"))
            .with(Setting.TLS_KEY_FILE, server.file("server.key"))
            .with(Setting.TLS_CLIENT_CA_FILE, client.authority().toString());
    running = GrpcFixture.start(folder, mutual, "row_sum");
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static InferenceClient connect(Optional<TestCertificates> own) {
    SslContext context = context(own);
    return running.newClient(
        builder ->
            builder.useTransportSecurity().sslContext(context).overrideAuthority("localhost"));
  }

  private static SslContext context(Optional<TestCertificates> own) {
    try {
      List<X509Certificate> trusted = new ArrayList<>();
      for (Path authority : server.authorities()) {
        trusted.add((X509Certificate) TlsClients.certificate(authority));
      }
      SslContextBuilder builder =
          GrpcSslContexts.forClient().trustManager(trusted.toArray(new X509Certificate[0]));
      own.ifPresent(of -> builder.keyManager(of.certificate().toFile(), of.key().toFile()));
      return builder.build();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void onlyWhoHasACertificateOfTheAuthorityIsAnswered() {
    try (InferenceClient known = connect(Optional.of(client));
        InferenceClient other = connect(Optional.of(stranger));
        InferenceClient nobody = connect(Optional.empty())) {
      assertThat(known.infer(ROW).getModelName()).isEqualTo("row_sum");
      for (InferenceClient refused : List.of(other, nobody, running.client())) {
        Status status = failure(() -> refused.infer(ROW));
        assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.UNAVAILABLE);
      }
      assertThat(known.infer(ROW).getModelName()).isEqualTo("row_sum");
    }
  }

  @Test
  void aNewCertificateIsTakenWithoutAFailedCall() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    List<CompletableFuture<Void>> loads = new ArrayList<>();
    try (LogLines log = LogLines.of(ServerTls.class, "is in force");
        InferenceClient keeps = connect(Optional.of(client))) {
      loads.add(
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  ask(keeps, answered, failures);
                }
              }));
      loads.add(
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  try (InferenceClient anew = connect(Optional.of(client))) {
                    ask(anew, answered, failures);
                  }
                }
              }));
      for (int generation : new int[] {1, 0, 1}) {
        int before = log.messages().size();
        int answers = answered.get();
        server.replaceBy(generation);
        Eventually.holds("it is in force", () -> log.messages().size() > before);
        assertThat(peerCertificate())
            .isEqualTo(TlsClients.certificate(server.generation(generation).certificate()));
        Eventually.holds("it goes on", () -> answered.get() > answers + 20);
      }
      over.set(true);
      loads.forEach(CompletableFuture::join);
    } finally {
      over.set(true);
      server.replaceBy(0);
    }
    assertThat(failures).isEmpty();
  }

  private static void ask(
      InferenceClient client, AtomicInteger answered, ConcurrentLinkedQueue<String> failures) {
    try {
      var unused = client.infer(ROW);
      answered.incrementAndGet();
    } catch (RuntimeException e) {
      failures.add(e.toString());
    }
  }

  private static Certificate peerCertificate() throws Exception {
    var context = TlsClients.identified(server.authorities(), client);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", running.port())) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void aHalfOpenHandshakeIsGivenUp() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.port());
        InferenceClient known = connect(Optional.of(client))) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});
      assertThat(known.infer(ROW).getModelName()).isEqualTo("row_sum");
      assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(100);
    }
  }
}
