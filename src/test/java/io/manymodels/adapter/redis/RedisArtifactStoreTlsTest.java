package io.manymodels.adapter.redis;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ServingException;
import io.manymodels.testing.RedisServer;
import io.manymodels.testing.TestCertificates;
import io.manymodels.testing.WritableArtifactStoreContract;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over TLS, as a user that may do no more than docs/stores.md says is needed. */
class RedisArtifactStoreTlsTest extends WritableArtifactStoreContract {
  private static final Environment LOGIN =
      Environment.empty().with(Setting.REDIS_USERNAME, "mm").with(Setting.REDIS_PASSWORD, "s3cret");

  @TempDir private static Path folder;
  private static TestCertificates certificates;
  private static RedisServer server;

  private final String prefix = UUID.randomUUID() + ":";
  private final WritableArtifactStore store = open(server.uri(query(certificates)), LOGIN);

  @BeforeAll
  static void startServer() throws Exception {
    certificates = TestCertificates.make(folder, "localhost");
    Path acl =
        Files.writeString(
            folder.resolve("users.acl"),
            """
            user default off
            user mm on >s3cret resetchannels ~*:artifact:* +getrange +exists +set +unlink
            """);
    server = RedisServer.startWithTls(folder, certificates, "--aclfile", acl.toString());
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  protected WritableArtifactStore store() {
    return store;
  }

  private String query(TestCertificates tls) {
    return "prefix=" + prefix + "&ca=" + tls.authority();
  }

  private static WritableArtifactStore open(URI uri, Environment environment) {
    return new RedisArtifactStore(RedisEndpoint.of(uri, environment), Ticker.SYSTEM);
  }

  @Test
  void anAuthorityThatDidNotSignIsNotTrusted() throws Exception {
    Path other = Files.createTempDirectory(folder, "other");
    URI uri = server.uri(query(TestCertificates.make(other, "localhost")));
    assertRefused(uri, LOGIN, "has a certificate that is not trusted, or of another host");
    assertRefused(
        server.uri(""), LOGIN, "has a certificate that is not trusted, or of another host");
  }

  @Test
  void aCertificateOfAnotherHostIsNotTrusted() throws Exception {
    Path other = Files.createTempDirectory(folder, "other");
    TestCertificates elsewhere = TestCertificates.make(other, "redis.example");
    try (RedisServer impostor = RedisServer.startWithTls(other, elsewhere)) {
      assertRefused(
          impostor.uri(query(elsewhere)),
          LOGIN,
          "has a certificate that is not trusted, or of another host");
    }
  }

  @Test
  void withoutTlsNothingIsAnswered() {
    URI plain = URI.create(server.uri("").toString().replace("rediss:", "redis:"));
    assertRefused(plain, LOGIN, "has closed the connection");
  }

  @Test
  void whoIsNotLetInIsToldWhy() {
    URI uri = server.uri(query(certificates));
    assertRefused(uri, Environment.empty(), "asks for a password, and none is set");
    assertRefused(
        uri,
        Environment.empty()
            .with(Setting.REDIS_USERNAME, "mm")
            .with(Setting.REDIS_PASSWORD, "wr0ng"),
        "refuses the user or the password");
    assertRefused(
        uri,
        Environment.empty().with(Setting.REDIS_PASSWORD, "s3cret"),
        "refuses the user or the password");
  }

  @Test
  void whatTheUserMayNotDoIsTold() {
    URI uri = URI.create(server.uri(query(certificates)).toString().replace("/0?", "/1?"));
    assertRefused(uri, LOGIN, "does not permit this user the command or the key");
  }

  @Test
  void thePasswordIsReadAnewForEveryConnection() throws Exception {
    Path password = folder.resolve("password");
    Environment login =
        Environment.of(
            Map.of(
                Setting.REDIS_USERNAME.variable(),
                "mm",
                Setting.REDIS_PASSWORD.fileVariable().orElseThrow(),
                password.toString()));
    byte[] bytes = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    URI uri = server.uri(query(certificates));
    assertRefused(
        uri, login, "is not asked: MANY_MODELS_REDIS_PASSWORD_FILE: the file cannot be read");
    Files.writeString(password, "");
    assertRefused(uri, login, "is not asked: MANY_MODELS_REDIS_PASSWORD_FILE: the file is empty");
    Files.writeString(password, "0ld");
    assertRefused(uri, login, "refuses the user or the password");
    Files.writeString(password, "s3cret\n");
    try (WritableArtifactStore rotated = open(uri, login)) {
      rotated.write(artifact, ByteBuffer.wrap(bytes));
      assertThat(rotated.read(artifact)).isPresent();
    }
  }

  @Test
  void aServerThatHangsInTheMiddleOfAWriteIsLeft() {
    byte[] bytes = bytes(16 << 20, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    assertThat(store.read(artifact)).isEmpty();
    server.freeze();
    try {
      assertThatExceptionOfType(ServingException.class)
          .isThrownBy(() -> store.write(artifact, ByteBuffer.wrap(bytes)))
          .withMessage("tenant1/1: Redis at localhost:%d does not answer in time", server.port());
    } finally {
      server.resume();
    }
  }

  private static void assertRefused(URI uri, Environment environment, String message) {
    try (WritableArtifactStore refused = open(uri, environment)) {
      RedisOutageTest.assertUnavailable(
          () -> refused.read(describe(ref("tenant1", 1), bytes(10, 1))),
          "tenant1/1: Redis at localhost:" + uri.getPort() + " " + message);
    }
  }
}
