package io.manymodels.adapter.azureblob;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.azure.core.credential.AccessToken;
import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.Environment;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Azurite;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** The way of a managed identity: a token, which is sent by TLS alone. */
class AzureBlobTokenTest {
  private static final String PASSWORD = "of-a-test";
  private static final ModelRef REF = ref("tenant1", 1);

  @TempDir private Path folder;

  @Test
  void aTokenOpensTheContainerByTls() throws Exception {
    Path keys = selfSigned();
    try (Azurite azurite =
        Azurite.start("--oauth", "basic", "--cert", keys.toString(), "--pwd", PASSWORD)) {
      HttpClient http = trusting(keys);
      new BlobServiceClientBuilder()
          .endpoint(azurite.tlsEndpoint())
          .httpClient(http)
          .serviceVersion(BlobServiceVersion.V2025_11_05)
          .credential(new StorageSharedKeyCredential(Azurite.ACCOUNT, Azurite.KEY))
          .buildClient()
          .createBlobContainer("models");
      ContainerUri location = location(azurite.tlsEndpoint());
      AzureBlobModelRegistry registry = registry(location, http, "https://storage.azure.com");
      byte[] bytes = bytes(10, 1);
      ArtifactDescriptor artifact = describe(REF, bytes);
      registry.publish(artifact, "", ByteBuffer.wrap(bytes));
      assertThat(registry.describe(REF)).contains(artifact);
      assertThatExceptionOfType(ServingException.class)
          .isThrownBy(registry(location, http, "https://example.com")::tenants)
          .withMessageStartingWith("azblob devstoreaccount1/models: authentication failed");
    }
  }

  @Test
  void aTokenIsNotSentInTheClear() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> registry(location("http://127.0.0.1:1/x"), AzureHttp.client(), "x"))
        .withMessageContaining("the endpoint has to be https");
  }

  private static ContainerUri location(String endpoint) {
    return new ContainerUri(Azurite.ACCOUNT, "models", "", URI.create(endpoint));
  }

  private static AzureBlobModelRegistry registry(
      ContainerUri location, HttpClient http, String audience) {
    AccessToken token =
        new AccessToken(jwt(audience), Instant.now().atOffset(ZoneOffset.UTC).plusMinutes(9));
    AzureCredentials identity =
        new AzureCredentials(Environment.empty(), () -> request -> Mono.just(token));
    return new AzureBlobModelRegistry(BlobContainer.open(location, identity, 10, http));
  }

  /** Unsigned: Azurite checks what a token says, not who says it. */
  private static String jwt(String audience) {
    long now = Instant.now().getEpochSecond();
    String issuer = "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/";
    return base64("{\"alg\":\"none\",\"typ\":\"JWT\"}")
        + "."
        + base64(
            String.format(
                "{\"aud\":\"%s\",\"iss\":\"%s\",\"nbf\":%d,\"iat\":%d,\"exp\":%d}",
                audience, issuer, now - 9, now - 9, now + 999))
        + ".c2ln";
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }

  private Path selfSigned() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "azurite",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return keys;
  }

  private static HttpClient trusting(Path keys) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream file = Files.newInputStream(keys)) {
      store.load(file, PASSWORD.toCharArray());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return new JdkHttpClientBuilder(java.net.http.HttpClient.newBuilder().sslContext(tls)).build();
  }
}
