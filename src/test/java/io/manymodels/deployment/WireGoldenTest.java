package io.manymodels.deployment;

import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.TenantSearch;
import io.manymodels.deployment.Messages.BusiestQuestion;
import io.manymodels.deployment.Messages.Command;
import io.manymodels.deployment.Messages.FiguresList;
import io.manymodels.deployment.Messages.HeldModel;
import io.manymodels.deployment.Messages.Kind;
import io.manymodels.deployment.Messages.MeasuredQuestion;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.deployment.Messages.PoolChange;
import io.manymodels.deployment.Messages.RatesReport;
import io.manymodels.deployment.Messages.RefreshedModels;
import io.manymodels.deployment.Messages.TableAnswer;
import io.manymodels.deployment.Messages.TableQuestion;
import io.manymodels.deployment.Messages.TenantList;
import io.manymodels.deployment.Messages.TenantQuestion;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.deployment.Messages.TrafficReport;
import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.VersionWord;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.Json;
import io.manymodels.json.Reply;
import io.manymodels.json.StatusJson;
import io.manymodels.json.Wire;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.quota.AllRates;
import io.manymodels.quota.RequestRates;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Golden;
import io.manymodels.testing.MeasuredSamples;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import io.manymodels.time.Deadline;
import io.manymodels.transport.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every message between replicas, byte for byte, and read by replicas of other versions. */
class WireGoldenTest {

  /**
   * A message.
   *
   * @param value what is written: a question, or a {@link Reply}
   * @param answer the type of the reply's value; the question's own when it is one
   */
  private record Message(String file, Object value, Class<?> answer) {
    static Message question(String file, Object value) {
      return new Message(file, value, value.getClass());
    }

    static Message answer(String file, Object value) {
      return new Message(file, Reply.of(value), value.getClass());
    }

    /** What a replica that was given these bytes writes when it passes them on. */
    String readAndWritten(String json) {
      byte[] bytes = json.getBytes(UTF_8);
      if (!(value instanceof Reply)) {
        return written(Wire.read(bytes, answer));
      }
      try {
        return written(Reply.of(Wire.result(bytes, answer)));
      } catch (ServingException e) {
        return written(Reply.failed(e));
      }
    }
  }

  private static String written(Object value) {
    return new String(Wire.bytes(value), UTF_8);
  }

  private static Deadline millis(long millis) {
    return Deadline.after(Duration.ofMillis(millis), new FakeTicker());
  }

  private static List<Message> messages() {
    ServingException refused =
        new ServingException(
            ErrorCode.DEDICATED_POOL_REFUSED,
            "the mapping was not applied",
            List.of(new Violation("/mapping/a", "no such deployment")));
    return List.of(
        Message.question(
            "control_status.json",
            new Command(Kind.STATUS, Samples.GENERATION, List.of(), millis(2_000))),
        Message.question(
            "control_load.json",
            new Command(Kind.LOAD, Samples.GENERATION, tenants(1, 2), millis(30_000))),
        Message.question(
            "control_unload.json",
            new Command(Kind.UNLOAD, Samples.GENERATION, tenants(1), millis(30_000))),
        Message.answer("report.json", Samples.report()),
        Message.answer("report_empty.json", Samples.emptyReport()),
        Message.question(
            "tenants_question.json", new TenantsQuestion(tenants(1, 2), millis(1_500))),
        Message.answer("expect_answer.json", new TenantList(tenants(1, 2))),
        Message.answer("refresh_answer.json", new RefreshedModels(Samples.refreshed())),
        Message.question(
            "versions_nothing.json",
            new VersionWord(41, true, Collections.emptySortedMap(), List.of())),
        Message.question("versions_word.json", Samples.versionWord()),
        Message.answer("versions_answer.json", Samples.heldVersions()),
        Message.answer(
            "versions_unchanged.json",
            new HeldVersions(41, false, Collections.emptySortedMap(), List.of(), List.of())),
        Message.answer("overflow_status.json", overflowStatus()),
        Message.answer("endpoint.json", new Endpoint("10.0.0.7", 4711, "secret", true, "mms-1")),
        Message.question("table_question.json", new TableQuestion("reader", Samples.GENERATION)),
        Message.answer("table_answer.json", TableAnswer.of(Optional.of(Samples.table()))),
        Message.answer("table_none.json", TableAnswer.of(Optional.empty())),
        Message.question("traffic.json", new TrafficReport(Samples.traffic(), Optional.empty())),
        Message.question(
            "traffic_measured.json",
            new TrafficReport(Samples.traffic(), Optional.of(MeasuredSamples.report()))),
        Message.question("measured_question.json", new MeasuredQuestion(41)),
        Message.answer("measured_report.json", MeasuredSamples.report()),
        Message.answer("measured_totals.json", MeasuredSamples.totals()),
        Message.question(
            "tenants_search.json",
            new TenantSearch("p99", 50, "tenant", List.of("shop*", "tenant01"))),
        Message.answer("figures_answer.json", new FiguresList(List.of(MeasuredSamples.figures()))),
        Message.answer("held_answer.json", new HeldModel(Optional.of(new ModelVersion(7)))),
        Message.answer("held_none.json", new HeldModel(Optional.empty())),
        Message.question(
            "rates.json",
            new RatesReport("reader", List.of(new RequestRates("tenant 'tenant1'", 12.5, 100)))),
        Message.answer(
            "rates_answer.json",
            new AllRates(2, List.of(new RequestRates("tenant 'tenant1'", 20, 160)))),
        Message.question(
            "pool_question.json", new PoolChange(Tenants.mapping(9, "Deployment2"), millis(500))),
        Message.answer("done.json", Nothing.NOTHING),
        new Message("refused.json", Reply.failed(refused), Nothing.class),
        Message.question("explain_question.json", new TenantQuestion(tenant(1), millis(2_000))),
        Message.answer(
            "explain_answer.json",
            ExplainJson.tenant(Samples.explanation(), "Deploymentx", "3.41")),
        Message.answer(
            "explain_unplaced.json", ExplainJson.tenant(Samples.unplaced(), "Deploymentx", "3.41")),
        Message.question("decisions_question.json", new DecisionsQuestion(12, Optional.empty(), 5)),
        Message.question(
            "decisions_question_from.json",
            new DecisionsQuestion(0, Optional.of(Instant.parse("2030-01-31T12:00:00Z")), 5)),
        Message.answer("decisions_answer.json", ExplainJson.decisions(3, 0, Samples.events())),
        Message.question("busiest_question.json", new BusiestQuestion(1_000, millis(700))),
        Message.answer("busiest_answer.json", new TenantList(tenants(2, 1))),
        Message.answer(
            "status_answer.json",
            StatusJson.of(Samples.status(), "key 'reconcile_ms': wrong", "SharedMemory")));
  }

  private static StatusJson.Overflow overflowStatus() {
    return new StatusJson.Overflow(
        "Deploymentx",
        "Deploymentx#c",
        3,
        120_000,
        10,
        128,
        "",
        StatusJson.Loading.of(Samples.report().loading()));
  }

  @TestFactory
  Stream<DynamicTest> everyMessageIsWrittenAsItWas() {
    return messages().stream()
        .map(
            message ->
                dynamicTest(
                    message.file(),
                    () ->
                        Golden.assertUnchanged(
                            WireGoldenTest.class, message.file(), written(message.value()))));
  }

  @TestFactory
  Stream<DynamicTest> everyMessageIsReadAsItWas() {
    return messages().stream()
        .map(message -> dynamicTest(message.file(), () -> assertRead(message, golden(message))));
  }

  @TestFactory
  Stream<DynamicTest> aReplicaReadsWhatANewerOneAdds() {
    return messages().stream()
        .map(
            message ->
                dynamicTest(
                    message.file(),
                    () -> {
                      JsonNode tree = Json.read(golden(message), JsonNode.class);
                      addKeys(tree);
                      assertRead(message, tree.toString());
                    }));
  }

  /** A deadline runs: what is left of it by then is not compared. */
  private static void assertRead(Message message, String json) {
    assertThat(withoutDeadline(message.readAndWritten(json)))
        .isEqualTo(withoutDeadline(golden(message)));
  }

  private static String golden(Message message) {
    return Golden.read(WireGoldenTest.class, message.file());
  }

  private static String withoutDeadline(String json) {
    return json.replaceAll("\"deadline\":\\d+", "\"deadline\":0");
  }

  /** To every object that is no map of tenants or deployments. */
  private static void addKeys(JsonNode tree) {
    tree.forEach(WireGoldenTest::addKeys);
    if (tree instanceof ObjectNode object && !isMap(object)) {
      object.put("zz_number", 1);
      object.putArray("zz_list").addObject().put("zz_text", "new");
    }
  }

  private static boolean isMap(ObjectNode object) {
    return object.isEmpty()
        || object
            .fieldNames()
            .next()
            .matches(
                "(tenant\\d|Deployment\\d|SharedMemory|answers|request_seconds|hop_seconds"
                    + "|event_loop_lag_seconds|jvm_threads|jvm_gc).*");
  }
}
