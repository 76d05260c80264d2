package io.manymodels.http;

import io.manymodels.access.GateStatus;
import io.manymodels.access.GateStatus.IssuerStatus;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.Json;
import io.manymodels.json.StatusJson;
import io.manymodels.json.TenantJson;
import io.manymodels.json.VersionsJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.scoring.Quarantine.Quarantined;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Golden;
import io.manymodels.testing.MeasuredSamples;
import io.manymodels.testing.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The documents that clients and operators read stay as they are, byte for byte. */
class PublicDocumentsTest {

  private static OperatorStatus status() {
    StatusJson.Overflow overflow =
        new StatusJson.Overflow(
            "Deploymentx",
            "Deploymentx#c",
            3,
            120_000,
            10,
            128,
            "key 'capacity': wrong",
            StatusJson.Loading.of(Samples.report().loading()));
    return OperatorStatus.of(
        StatusJson.of(Samples.status(), "key 'reconcile_ms': wrong", "SharedMemory"),
        List.of(overflow),
        Optional.of("key 'max_rows': wrong"),
        List.of(new Quarantined(Artifacts.ref("tenant7", 3), 1, Duration.ofSeconds(598))),
        new GateStatus("callers", 3, List.of(new IssuerStatus("entra", 2, "")), ""));
  }

  private static void assertUnchanged(String name, String actual) {
    Golden.assertUnchanged(PublicDocumentsTest.class, name, actual);
  }

  @Test
  void statusOfTheApplication() {
    assertUnchanged("status.json", Json.write(status()));
  }

  @Test
  void metrics() {
    assertUnchanged(
        "metrics.txt",
        Metrics.write(status(), Optional.of(MeasuredSamples.totals())).text().stripTrailing());
  }

  @Test
  void figuresOfTenants() {
    TenantJson.Figures figures = TenantJson.Figures.of(MeasuredSamples.figures());
    assertUnchanged(
        "tenants.json", Json.write(new TenantJson.Page("requests", 50, List.of(figures))));
    assertUnchanged(
        "tenant.json",
        Json.write(
            new TenantJson.Tenant(
                "tenant01",
                figures,
                ExplainJson.tenant(Samples.explanation(), "Deploymentx", "3.41"),
                null,
                "the registry is away",
                List.of(6L, 7L),
                List.of(new TenantJson.Holder("Deploymentx", "Deploymentx#c", 7)))));
  }

  @Test
  void deploymentMap() {
    assertUnchanged("deployment_map.json", DeploymentMap.of(Samples.table()).document());
  }

  @Test
  void placementOfOneTenant() {
    assertUnchanged(
        "placement_tenant.json",
        Json.write(ExplainJson.tenant(Samples.explanation(), "Deploymentx", "3.41")));
    assertUnchanged(
        "placement_unplaced.json",
        Json.write(ExplainJson.tenant(Samples.unplaced(), "Deploymentx", "3.41")));
  }

  @Test
  void decisions() {
    assertUnchanged("placement.json", Json.write(ExplainJson.decisions(3, 0, Samples.events())));
  }

  @Test
  void refreshedModels() {
    assertUnchanged("refresh_models.json", Json.write(VersionsJson.Answer.of(Samples.refreshed())));
  }

  @Test
  void problem() {
    ServingException refused =
        new ServingException(
            ErrorCode.DEDICATED_POOL_REFUSED,
            "the mapping was not applied",
            List.of(new Violation("/mapping/a", "no such deployment")));
    assertUnchanged("problem.json", Problem.of(refused, "request-1").text());
  }
}
