package io.manymodels.http;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.AdminToken;
import io.manymodels.access.OpenGate;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.holding.Refreshed;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** POST /refresh_models. */
class RefreshRouteTest extends IngressFixture {
  private static final String BODY = "{\"tenants\":[\"tenant01\",\"tenant02\",\"tenant01\"]}";

  private static Refreshed live(int tenant, int version) {
    return new Refreshed(
        tenant(tenant),
        Refreshed.State.LIVE,
        Optional.of(new ModelVersion(version)),
        Optional.empty(),
        "");
  }

  private static Refreshed refused(int tenant, int serving) {
    return new Refreshed(
        tenant(tenant),
        Refreshed.State.REFUSED,
        Optional.of(new ModelVersion(serving)),
        Optional.of(ErrorCode.LOAD_FAILED),
        "no such operator");
  }

  @Test
  void everyReplicaThatHoldsModelsIsAsked() {
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    cluster.refreshes(
        (deployment, tenants) -> {
          asked.add(deployment);
          assertThat(tenants).containsExactly(tenant(1), tenant(2));
          return deployment.equals("Deployment2") ? List.of(live(1, 4)) : List.of();
        });
    JsonNode answer = post("/refresh_models", BODY).json();
    assertThat(answer.toString())
        .isEqualTo(
            "{\"models\":[{\"tenant\":\"tenant01\",\"state\":\"live\",\"version\":4},"
                + "{\"tenant\":\"tenant02\",\"state\":\"live\"}]}");
    assertThat(asked).containsExactlyInAnyOrder("Deployment1", "Deployment2", "Deploymentx");
  }

  @Test
  void whatOneReplicaRefusesIsRefused() {
    cluster.refreshes(
        (deployment, tenants) ->
            List.of(deployment.equals("Deployment1") ? refused(1, 3) : live(1, 4)));
    JsonNode model = post("/refresh_models", BODY).json().at("/models/0");
    assertThat(model.toString())
        .isEqualTo(
            "{\"tenant\":\"tenant01\",\"state\":\"refused\",\"version\":3,"
                + "\"code\":\"load-failed\",\"detail\":\"no such operator\"}");
  }

  @Test
  void aDeletedTenantIsGone() {
    cluster.refreshes(
        (deployment, tenants) ->
            List.of(
                new Refreshed(
                    tenant(1), Refreshed.State.GONE, Optional.empty(), Optional.empty(), "")));
    assertThat(post("/refresh_models", BODY).json().at("/models/0/state").asText())
        .isEqualTo("gone");
  }

  @Test
  void aReplicaThatDoesNotAnswerIsAFailure() {
    cluster.refreshes(
        (deployment, tenants) -> {
          if (deployment.equals("Deploymentx")) {
            throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, "too late");
          }
          return List.of();
        });
    JsonNode unused =
        assertProblem(
            post("/refresh_models", BODY),
            504,
            "deadline-exceeded",
            "a replica of Deploymentx did not confirm in time");
  }

  @Test
  void anOperatorsTokenIsNeeded() {
    edge =
        edge(
            OpenGate.with(
                AdminToken.from(Environment.empty().with(Setting.ADMIN_TOKEN, "secret"))));
    assertThat(post("/refresh_models", BODY).status()).isEqualTo(401);
    assertThat(
            send(
                    "POST",
                    "/refresh_models",
                    Map.of("content-type", "application/json", "authorization", "Bearer secret"),
                    BODY)
                .status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | /tenants",
        "{\"tenants\":[]} | /tenants",
        "{\"tenants\":\"tenant01\"} | /tenants",
        "{\"tenants\":[\"tenant01\",7]} | /tenants/1",
        "{\"tenants\":[\"../x\"]} | /tenants/0"
      })
  void whatIsNoListOfTenantsIsRefused(String body, String pointer) {
    Answer answer = post("/refresh_models", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().at("/errors/0/pointer").asText()).isEqualTo(pointer);
  }

  @Test
  void tooManyTenantsAreRefused() {
    String names =
        IntStream.rangeClosed(1, 1_001)
            .mapToObj(i -> "\"t" + i + "\"")
            .collect(Collectors.joining(","));
    Answer answer = post("/refresh_models", "{\"tenants\":[" + names + "]}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("detail").asText()).contains("1..1000");
    assertThat(get("/refresh_models").status()).isEqualTo(405);
  }
}
