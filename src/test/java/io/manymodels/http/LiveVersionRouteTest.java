package io.manymodels.http;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.AdminToken;
import io.manymodels.access.OpenGate;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.holding.Refreshed;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.Artifacts;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** POST /live_version. */
class LiveVersionRouteTest extends IngressFixture {

  @BeforeEach
  void publish() {
    try (WritableModelRegistry registry = stores.writableRegistry()) {
      for (int version = 1; version <= 2; version++) {
        byte[] bytes = {(byte) version, 2, 3};
        ArtifactDescriptor artifact =
            Artifacts.describe(new ModelRef(tenant(1), new ModelVersion(version)), bytes);
        registry.publish(artifact, "", ByteBuffer.wrap(bytes));
      }
    }
    cluster.refreshes(
        (deployment, tenants) ->
            List.of(
                new Refreshed(
                    tenant(1),
                    Refreshed.State.LIVE,
                    stores.registry().liveVersion(tenant(1)),
                    Optional.empty(),
                    "")));
  }

  private static String body(long version) {
    return "{\"tenant\":\"tenant01\",\"version\":" + version + "}";
  }

  @Test
  void aVersionIsMadeLiveAndAnswers() {
    for (long version : List.of(1, 2, 1)) {
      JsonNode answer = post("/live_version", body(version)).json();
      assertThat(answer.at("/models/0/state").asText()).as("%s", answer).isEqualTo("live");
      assertThat(answer.at("/models/0/version").asLong()).isEqualTo(version);
      assertThat(stores.registry().liveVersion(tenant(1))).contains(new ModelVersion(version));
    }
  }

  @Test
  void aVersionThatIsNotThereChangesNothing() {
    assertThat(post("/live_version", body(1)).status()).isEqualTo(200);
    assertThat(post("/live_version", body(3)).status()).isEqualTo(404);
    assertThat(stores.registry().liveVersion(tenant(1))).contains(new ModelVersion(1));
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"tenant\":\"tenant01\"}'",
    "'{\"version\":1}'",
    "'{\"tenant\":\"<b>\",\"version\":1}'",
    "'{\"tenant\":\"tenant01\",\"version\":0}'",
    "'{\"tenant\":\"tenant01\",\"version\":\"1\"}'",
    "'{\"tenant\":\"tenant01\",\"version\":1,\"more\":2}'",
    "'['",
  })
  void whatIsNotValidIsRefused(String body) {
    assertThat(post("/live_version", body).status()).isEqualTo(400);
  }

  @Test
  void itNeedsTheRoleAdmin() {
    Environment environment = Environment.empty().with(Setting.ADMIN_TOKEN, "a-secret-of-16-chars");
    edge = edge(OpenGate.with(AdminToken.from(environment)));
    assertThat(post("/live_version", body(1)).status()).isEqualTo(401);
    assertThat(stores.registry().liveVersion(tenant(1))).contains(new ModelVersion(2));
  }
}
