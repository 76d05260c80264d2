package io.manymodels.json;

import static io.manymodels.testing.Tenants.tenants;

import io.manymodels.json.ControlJson.Command;
import io.manymodels.json.ControlJson.Kind;
import io.manymodels.json.ExplainJson.DecisionsQuestion;
import io.manymodels.json.ExplainJson.DecisionsReply;
import io.manymodels.json.ExplainJson.TenantQuestion;
import io.manymodels.json.ExplainJson.TenantReply;
import io.manymodels.json.SharedMemoryJson.BusiestQuestion;
import io.manymodels.json.SharedMemoryJson.PoolChange;
import io.manymodels.json.SharedMemoryJson.PoolReply;
import io.manymodels.json.SharedMemoryJson.TablePoll;
import io.manymodels.json.SharedMemoryJson.TenantList;
import io.manymodels.json.SharedMemoryJson.Traffic;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.testing.Golden;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every message between replicas, and what is kept in the placement store, byte for byte. */
class WireGoldenTest {
  private static ServingException refused() {
    return new ServingException(
        ErrorCode.DEDICATED_POOL_REFUSED,
        "the mapping was not applied",
        List.of(new Violation("/mapping/a", "no such deployment")));
  }

  private static void assertUnchanged(String name, String actual) {
    Golden.assertUnchanged(WireGoldenTest.class, name, actual);
  }

  @Test
  void commandsToHotReplicas() {
    assertUnchanged(
        "control_status.json",
        ControlJson.write(Command.of(Kind.STATUS, Samples.GENERATION, List.of(), 2_000)));
    assertUnchanged(
        "control_load.json",
        ControlJson.write(Command.of(Kind.LOAD, Samples.GENERATION, tenants(1, 2), 30_000)));
    assertUnchanged(
        "control_unload.json",
        ControlJson.write(Command.of(Kind.UNLOAD, Samples.GENERATION, tenants(1), 30_000)));
  }

  @Test
  void reportsOfHotReplicas() {
    assertUnchanged("report.json", ControlJson.write(Samples.report()));
    assertUnchanged("report_empty.json", ControlJson.write(Samples.emptyReport()));
  }

  @Test
  void commandsToReplicasThatHoldModels() {
    assertUnchanged(
        "tenants_question.json", Json.write(VersionsJson.Question.of(tenants(1, 2), 1_500)));
    assertUnchanged("expect_answer.json", Json.write(TenantList.of(tenants(1, 2))));
    assertUnchanged("refresh_answer.json", Json.write(VersionsJson.Answer.of(Samples.refreshed())));
  }

  @Test
  void statusOfAReplicaOfDeploymentx() {
    assertUnchanged(
        "overflow_status.json",
        Json.write(
            new StatusJson.Overflow(
                "Deploymentx",
                "Deploymentx#c",
                3,
                120_000,
                10,
                128,
                "",
                StatusJson.Loading.of(Samples.report().loading()))));
  }

  @Test
  void tables() {
    assertUnchanged("table_question.json", Json.write(TablePoll.of("reader", Samples.GENERATION)));
    assertUnchanged("table_answer.json", PlacementJson.write(Samples.table()));
  }

  @Test
  void traffic() {
    assertUnchanged("traffic.json", Json.write(Traffic.of(Samples.traffic())));
  }

  @Test
  void changesOfThePool() {
    assertUnchanged(
        "pool_question.json", Json.write(PoolChange.of(Tenants.mapping(9, "Deployment2"), 500)));
    assertUnchanged("pool_done.json", Json.write(PoolReply.DONE));
    assertUnchanged("pool_refused.json", Json.write(PoolReply.of(refused())));
  }

  @Test
  void explanations() {
    assertUnchanged("explain_question.json", Json.write(new TenantQuestion("tenant01", 2_000)));
    assertUnchanged(
        "explain_answer.json",
        Json.write(
            TenantReply.of(ExplainJson.tenant(Samples.explanation(), "Deploymentx", "3.41"))));
    assertUnchanged("explain_refused.json", Json.write(TenantReply.of(refused())));
  }

  @Test
  void decisions() {
    assertUnchanged("decisions_question.json", Json.write(new DecisionsQuestion(12, null, 5)));
    assertUnchanged(
        "decisions_question_from.json",
        Json.write(new DecisionsQuestion(0, "2030-01-31T12:00:00Z", 5)));
    assertUnchanged(
        "decisions_answer.json",
        Json.write(DecisionsReply.of(ExplainJson.decisions(3, 0, Samples.events()))));
  }

  @Test
  void busiestTenants() {
    assertUnchanged("busiest_question.json", Json.write(new BusiestQuestion(1_000, 700)));
    assertUnchanged("busiest_answer.json", Json.write(TenantList.of(tenants(2, 1))));
  }

  @Test
  void statusOfSharedMemory() {
    assertUnchanged(
        "status_answer.json",
        Json.write(StatusJson.of(Samples.status(), "key 'reconcile_ms': wrong", "SharedMemory")));
  }

  @Test
  void stateInTheStore() {
    assertUnchanged("state.json", PlacementJson.write(Samples.state()));
  }
}
