package io.manymodels.deployment;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.SharedMemoryCalls;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.holding.VersionWord;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.quota.AllRates;
import io.manymodels.quota.RequestRates;
import io.manymodels.routing.ReplicaCalls;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.FakeCluster;
import io.manymodels.testing.Samples;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** A call by a stub arrives as it was made, and its answer comes back, through bytes. */
class RemoteCallsTest {
  private static final ApplicationConfig APPLICATION =
      new ApplicationConfig(
          "many-models", List.of("Deployment1"), "Deploymentx", "SharedMemory", "Dispatcher");

  private final FakeCluster cluster = new FakeCluster(APPLICATION);
  private final SharedMemory server = new SharedMemory(cluster);

  /** Calls the method of that name as Ray does, by reflection. */
  private final ReplicaClient client =
      (replica, method, argument, deadline) ->
          unchecked(
              () ->
                  (byte[])
                      SharedMemory.class.getMethod(method, byte[].class).invoke(server, argument));

  private final SharedMemoryCalls remote =
      new RemoteSharedMemory(new ReplicaCalls(cluster, client), "SharedMemory");

  private static <T> T unchecked(Callable<T> call) {
    try {
      return call.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30), Ticker.SYSTEM);
  }

  @Test
  void theTableComesAsItIs() {
    cluster.publish(
        2,
        Map.of(
            tenant(1), new Placement("Deployment1", false),
            tenant(2), new Placement("Deployment1", true)));
    Generation known = new Generation(1, 1);
    assertThat(remote.table("reader", known, soon()).orElseThrow().toString())
        .isEqualTo(cluster.table("reader", known, soon()).orElseThrow().toString());
    assertThat(remote.table("reader", new Generation(1, 2), soon())).isEmpty();
  }

  @Test
  void trafficArrivesAndTellsWhoIsBusiest() {
    remote.traffic(Samples.traffic(), Optional.empty(), soon());
    assertThat(cluster.hits()).containsExactly(tenant(1), tenant(4));
    assertThat(remote.busiest(1, soon())).containsExactly(tenant(1));
  }

  @Test
  void whatEachIsAskedForIsAddedUp() {
    RequestRates rates = new RequestRates("tenant 'tenant1'", 10, 100);
    assertThat(remote.rates("a", List.of(rates), soon()))
        .isEqualTo(new AllRates(1, List.of(rates)));
    assertThat(remote.rates("b", List.of(rates), soon()))
        .isEqualTo(new AllRates(2, List.of(new RequestRates("tenant 'tenant1'", 20, 200))));
  }

  @Test
  void aChangeOfThePoolArrivesOrIsRefusedWithEveryViolation() {
    remote.replaceDedicatedPool(mapping(9, "Deployment1"), soon());
    assertThat(cluster.pool()).isEqualTo(mapping(9, "Deployment1"));
    ServingException why =
        new ServingException(
            ErrorCode.DEDICATED_POOL_REFUSED,
            "the mapping was not applied",
            List.of(new Violation("/mapping/a", "no"), new Violation("/mapping/b", "no")));
    cluster.refusesPool(why);
    ServingException refused =
        catchThrowableOfType(
            ServingException.class,
            () -> remote.replaceDedicatedPool(mapping(9, "Deployment1"), soon()));
    assertThat(refused).hasMessage(why.getMessage());
    assertThat(refused.code()).isEqualTo(why.code());
    assertThat(refused.violations()).isEqualTo(why.violations());
  }

  @Test
  void operatorsQuestionsAreAnswered() {
    cluster.publish(2, Map.of(tenant(1), new Placement("Deployment1", true)));
    assertThat(remote.status(soon())).isEqualTo(cluster.status(soon()));
    assertThat(remote.explain(tenant(1), soon())).isEqualTo(cluster.explain(tenant(1), soon()));
    DecisionsQuestion question =
        new DecisionsQuestion(0, Optional.of(Instant.parse("2030-01-31T12:00:00Z")), 5);
    assertThat(remote.decisions(question, soon()).next()).isEqualTo(7);
    assertThat(cluster.decisionsAsked()).isEqualTo(question);
    ServingException unknown =
        catchThrowableOfType(ServingException.class, () -> remote.explain(tenant(77), soon()));
    assertThat(unknown.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND);
  }

  @Test
  void anAnswerOfAnotherBuildFailsThisCallOnly() {
    for (String answer : List.of("", "{}", "[]", "{\"value\":7}", "{\"value\":{\"held\":[{}]}}")) {
      ReplicaClient other = (replica, method, argument, deadline) -> answer.getBytes(UTF_8);
      ServingException failure =
          catchThrowableOfType(
              ServingException.class,
              () ->
                  new RemoteHotReplicas(other, Optional.empty())
                      .status(
                          new ReplicaId("Deployment1", "Deployment1#1"), Generation.NONE, soon()));
      assertThat(failure.code()).as(answer).isEqualTo(ErrorCode.INTERNAL);
    }
  }

  @Test
  void everyMethodThatAStubCallsIsThere() {
    List<String> called = new ArrayList<>();
    ReplicaClient recording =
        (replica, method, argument, deadline) -> {
          called.add(method);
          throw new ServingException(ErrorCode.NO_REPLICA, "recorded");
        };
    ReplicaId replica = new ReplicaId("Deployment1", "Deployment1#1");
    RemoteHoldingReplicas holding = new RemoteHoldingReplicas(recording);
    refused(
        () ->
            new RemoteHotReplicas(recording, Optional.empty())
                .status(replica, Generation.NONE, soon()));
    refused(() -> holding.refresh(replica, List.of(), soon()));
    refused(() -> holding.endpoint(replica, soon()));
    RemoteVersionHolders versions = new RemoteVersionHolders(recording);
    VersionWord word = new VersionWord(0, false, new TreeMap<>(), List.of());
    refused(() -> versions.tell(replica, word, soon()));
    assertThat(called).allSatisfy(method -> assertCallable(HotDeployment.class, method));
    called.clear();
    refused(() -> new RemoteOverflowReplicas(recording).expect(replica, List.of(), soon()));
    refused(() -> holding.refresh(replica, List.of(), soon()));
    refused(() -> holding.status(replica, soon()));
    refused(() -> holding.endpoint(replica, soon()));
    refused(() -> versions.tell(replica, word, soon()));
    assertThat(called).hasSize(5);
    assertThat(called).allSatisfy(method -> assertCallable(OverflowDeployment.class, method));
  }

  private static void refused(Callable<?> call) {
    assertThat(catchThrowableOfType(ServingException.class, call::call).code())
        .isEqualTo(ErrorCode.NO_REPLICA);
  }

  private static void assertCallable(Class<?> deployment, String method) {
    var found = unchecked(() -> deployment.getMethod(method, byte[].class));
    assertThat(found.getReturnType()).isEqualTo(byte[].class);
    assertThat(Modifier.isPublic(found.getModifiers())).isTrue();
  }
}
