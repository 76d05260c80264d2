package io.manymodels.adapter.azureml;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.util.Configuration;
import com.azure.identity.CredentialUnavailableException;
import io.manymodels.adapter.azureml.AzureMlStub.Answer;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.ModelRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Azure Resource Manager as it fails. */
class AzureMlFailuresTest {
  private static final TenantId TENANT = new TenantId("tenant1");
  private static final String SECRET = "a-secret-token";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private AzureMlStub stub;
  private ModelRegistry registry;

  @BeforeEach
  void open() throws IOException {
    stub = new AzureMlStub();
    byte[] bytes = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    stub.publish(artifact, bytes);
    registry = new AzureMlModelRegistry(stub.models());
  }

  @AfterEach
  void close() {
    stub.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void whatPassesIsTriedAgain(int status) {
    stub.plan("/versions", Answer.of(status, "Retry-After", "0"), Answer.of(status));
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
    assertThat(stub.requests()).hasSize(3);
  }

  @Test
  void whatDoesNotPassIsAnOutageAfterThreeAttempts() {
    stub.plan("/versions", Answer.of(500), Answer.of(503), Answer.of(500), Answer.of(500));
    assertUnavailable(
        () -> registry.liveVersion(TENANT),
        "Azure ML workspace ws-test: it answers 500, while listing the versions of tenant1");
    assertThat(stub.requests()).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "Retry-After, 60, 'too many requests (429, again in 60 s)'",
    "Retry-After, 3, 'too many requests (429, again in 3 s)'",
    "x-ms-retry-after-ms, 60000, too many requests (429)",
    "Retry-After, 'Wed, 25 Nov 2026 00:00:00 GMT', too many requests (429)"
  })
  void aLongWaitIsNotWaitedFor(String header, String value, String message) {
    stub.plan("/versions", Answer.of(429, header, value));
    assertUnavailable(() -> registry.liveVersion(TENANT), message);
    assertThat(stub.requests()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "400, it answers 400",
    "401, the token is refused (401)",
    "403, the identity may not read it (403)",
    "302, it answers 302"
  })
  void whatIsRefusedIsNotTriedAgain(int status, String message) {
    stub.plan("/versions", Answer.of(status, "Location", "https://elsewhere.example.com/"));
    assertUnavailable(() -> registry.liveVersion(TENANT), message);
    assertThat(stub.requests()).hasSize(1);
  }

  @Test
  void theTokenIsForThisEndpointAndStaysASecret() {
    ModelRegistry other =
        registry(stub.access(request -> Mono.just(StubAccess.token(SECRET)), PATIENCE));
    assertUnavailable(other::tenants, "the token is refused (401), while listing the models");
  }

  @Test
  void withoutATokenNothingIsAsked() {
    ModelRegistry other =
        registry(
            stub.access(
                request -> Mono.error(new CredentialUnavailableException("no identity\n" + SECRET)),
                PATIENCE));
    assertUnavailable(other::tenants, "no token is to be had for this identity");
    assertThat(stub.requests()).isEmpty();
  }

  @Test
  void aWorkspaceThatIsGoneIsAnOutageNotAnEmptyRegistry() {
    stub.beGone();
    String message = "Azure ML workspace ws-test: it does not exist (404), while ";
    assertUnavailable(registry::tenants, message + "listing the models");
    assertUnavailable(() -> registry.versions(TENANT), message + "listing the versions of tenant1");
    assertUnavailable(() -> registry.liveVersion(TENANT), message);
    assertUnavailable(() -> registry.describe(ref("tenant1", 1)), message + "reading tenant1/1");
    assertUnavailable(() -> registry.liveVersions(List.of(TENANT)), message);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 403, 404, 500})
  void whatIsWrongWithOneModelIsItsTenantsFault(int status) {
    byte[] bytes = bytes(100, 1);
    stub.publish(describe(ref("tenant2", 1), bytes), bytes);
    stub.publish(describe(ref("tenant3", 1), bytes), bytes);
    Answer answer =
        status == 200 ? Answer.json("{\"value\":[{\"name\":7}, null]}") : Answer.of(status);
    stub.plan("/tenant2/versions", answer, answer, answer);
    LiveVersions live =
        registry.liveVersions(List.of(TENANT, new TenantId("tenant2"), new TenantId("tenant3")));
    assertThat(live.versions()).hasToString("{tenant1=1, tenant3=1}");
    if (status != 404) {
      assertThat(live.broken()).containsOnlyKeys(new TenantId("tenant2"));
      assertThat(live.broken().get(new TenantId("tenant2"))).hasMessageContaining("tenant2");
    }
  }

  @Test
  void anEndpointThatIsAwayIsAnOutage() {
    stub.close();
    assertUnavailable(registry::tenants, "cannot be reached, while listing the models");
  }

  @Test
  void aCertificateThatNobodyKnowsIsAnOutage() {
    AzureAccess strict =
        new AzureAccess(
            new JdkHttpClientBuilder().configuration(Configuration.NONE).build(),
            request -> Mono.just(StubAccess.token(SECRET)),
            () -> {});
    assertUnavailable(registry(strict)::tenants, "cannot be reached");
    assertThat(stub.requests()).isEmpty();
  }

  @Test
  void silenceIsAnOutage() {
    stub.beSilent();
    AzureAccess hasty = stub.access(StubAccess.TOKENS, Duration.ofSeconds(1));
    assertUnavailable(registry(hasty)::tenants, "no answer in time");
    assertThat(stub.requests()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>", "[]", "{\"value\":[{\"name\":1}]}", "{\"value\":"})
  void anAnswerThatIsNotUnderstoodIsAnOutage(String text) {
    stub.plan("/versions", Answer.json(text));
    assertUnavailable(() -> registry.liveVersion(TENANT), "its answer is not understood");
  }

  @Test
  void aHugeAnswerIsNotReadToItsEnd() {
    stub.plan("/versions", Answer.json(" ".repeat(ArmClient.MAX_ANSWER_BYTES + 1)));
    assertUnavailable(
        () -> registry.liveVersion(TENANT), "its answer exceeds 8388608 bytes, while listing");
    assertThat(stub.requests()).hasSize(1);
  }

  @Test
  void aFailureIsNotRemembered() {
    stub.plan("/versions", Answer.of(403));
    assertUnavailable(() -> registry.liveVersion(TENANT), "403");
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
  }

  private ModelRegistry registry(AzureAccess access) {
    return new AzureMlModelRegistry(stub.models(access));
  }

  private static void assertUnavailable(Runnable call, String message) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .withMessageContaining(message)
        .withMessageNotContainingAny(SECRET, "\n", "https://", "io.manymodels")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }
}
