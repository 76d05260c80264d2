package io.manymodels.testing;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.ModelRegistry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link ModelRegistry} does. The registry under test starts empty. */
public abstract class ModelRegistryContract {
  protected static final TenantId TENANT = new TenantId("tenant1");

  /** The registry under test, the same one during a test. */
  protected abstract ModelRegistry registry();

  /** Publishes a version as this store's publisher does. */
  protected abstract void publish(ArtifactDescriptor artifact, byte[] bytes) throws Exception;

  /** Sets the alias {@code live}, to a version that need not exist. */
  protected abstract void setLive(ModelRef ref) throws Exception;

  @AfterEach
  void closeRegistry() {
    registry().close();
  }

  @Test
  void anEmptyRegistryHasNothing() {
    assertThat(registry().tenants()).isEmpty();
    assertThat(registry().versions(TENANT)).isEmpty();
    assertThat(registry().liveVersion(TENANT)).isEmpty();
    assertThat(registry().describe(ref("tenant1", 1))).isEmpty();
  }

  @Test
  void aPublishedVersionIsDescribedAsItWasPublished() throws Exception {
    ArtifactDescriptor published = publish("tenant1", 3);
    assertThat(registry().describe(ref("tenant1", 3))).contains(published);
    assertThat(registry().describe(ref("tenant1", 2))).isEmpty();
    assertThat(registry().describe(ref("tenant2", 3))).isEmpty();
  }

  @Test
  void versionsAreOrderedAsNumbers() throws Exception {
    publish("tenant1", 10);
    publish("tenant1", 9);
    publish("tenant1", 2);
    assertThat(registry().versions(TENANT))
        .containsExactly(new ModelVersion(2), new ModelVersion(9), new ModelVersion(10));
  }

  @Test
  void theHighestVersionIsLiveUnlessTheAliasNamesAnother() throws Exception {
    publish("tenant1", 9);
    publish("tenant1", 10);
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(10));
    setLive(ref("tenant1", 9));
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(9));
    publish("tenant1", 11);
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(9));
    setLive(ref("tenant1", 11));
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(11));
  }

  @Test
  void anAliasToAMissingVersionIsNeverReplacedByAGuess() throws Exception {
    publish("tenant1", 1);
    setLive(ref("tenant1", 2));
    assertFails(ErrorCode.LOAD_FAILED, () -> registry().liveVersion(TENANT), "tenant1", "2");
    publish("tenant1", 2);
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(2));
  }

  @Test
  void timeStampsAreVersions() throws Exception {
    publish("tenant1", 3);
    for (long version : new long[] {1_700_000_000, 20_261_129_074_500L, ModelVersion.MAX_NUMBER}) {
      ArtifactDescriptor published = publish("tenant1", version);
      assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(version));
      assertThat(registry().describe(ref("tenant1", version))).contains(published);
    }
    setLive(ref("tenant1", 20_261_129_074_500L));
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(20_261_129_074_500L));
    assertThat(registry().versions(TENANT)).hasSize(4);
  }

  @Test
  void aBrokenTenantKeepsNobodyElseFromBeingTold() throws Exception {
    List<TenantId> asked =
        Stream.of("tenant1", "tenant2", "tenant3", "nobody").map(TenantId::new).toList();
    for (TenantId tenant : asked.subList(0, 3)) {
      publish(tenant.value(), 1);
    }
    setLive(ref("tenant2", 9));
    LiveVersions live = registry().liveVersions(asked);
    assertThat(live.versions()).hasToString("{tenant1=1, tenant3=1}");
    assertThat(live.broken()).containsOnlyKeys(new TenantId("tenant2"));
    assertThat(live.broken().get(new TenantId("tenant2"))).hasMessageContaining("tenant2");
    assertThat(asked.stream().filter(registry()::hasModel))
        .as("tenants with a model, be it broken")
        .containsExactlyElementsOf(asked.subList(0, 3));
    registry().check();
    setLive(ref("tenant2", 1));
    assertThat(registry().liveVersions(asked).versions()).hasSize(3);
  }

  @Test
  void tenantsAreInOrder() throws Exception {
    for (String tenant : List.of("tenant2", "a.b-c_d", "Tenant9", "tenant10", "0", "tenant1")) {
      publish(tenant, 1);
    }
    assertThat(registry().tenants())
        .extracting(TenantId::value)
        .containsExactly("0", "Tenant9", "a.b-c_d", "tenant1", "tenant10", "tenant2");
  }

  @Test
  void tenantsDoNotSeeEachOther() throws Exception {
    publish("tenant1", 1);
    publish("tenant2", 2);
    setLive(ref("tenant2", 2));
    assertThat(registry().versions(TENANT)).containsExactly(new ModelVersion(1));
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(1));
  }

  @Test
  void theLongestNameWorks() throws Exception {
    String longest = "x".repeat(TenantId.MAX_LENGTH);
    publish(longest, 1);
    assertThat(registry().tenants()).containsExactly(new TenantId(longest));
    assertThat(registry().liveVersion(new TenantId(longest))).contains(new ModelVersion(1));
  }

  @Test
  void manyThreadsReadAtOnce() throws Exception {
    ArtifactDescriptor published = publish("tenant1", 1);
    assertThat(Parallel.call(16, () -> registry().describe(published.ref()).orElseThrow()))
        .containsOnly(published);
  }

  @Test
  void closingTwiceIsHarmless() {
    registry().close();
    assertThatCode(() -> registry().close()).doesNotThrowAnyException();
  }

  protected final ArtifactDescriptor publish(String tenant, long version) throws Exception {
    byte[] bytes = bytes(100, version);
    ArtifactDescriptor artifact = describe(ref(tenant, version), bytes);
    publish(artifact, bytes);
    return artifact;
  }

  /** The failure has the code and says the words, and nothing of the machine. */
  protected static void assertFails(ErrorCode code, Runnable call, String... words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .satisfies(e -> assertThat(List.of(words)).allMatch(e.getMessage()::contains))
        .withMessageNotContainingAny("/tmp", "\n", "io.manymodels")
        .extracting(ServingException::code)
        .isEqualTo(code);
  }
}
