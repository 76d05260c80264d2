package io.manymodels.scoring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.CalledPredictions;
import io.manymodels.routing.Postmortems;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.routing.Router;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import io.manymodels.testing.Values;
import io.manymodels.time.Deadline;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ScoreRequestsTest {
  private static final String HOT = "Deployment1";
  private static final String OVERFLOW = "Deploymentx";
  private static final Rows ROWS = Rows.matrix(1, 2, new double[] {1, 2});

  /** One replica of each deployment, which answers as a test says. */
  private static final class Cluster implements ReplicaDirectory, ReplicaClient {
    private final Map<String, Function<PredictRequest, PredictReply>> answers = new HashMap<>();
    private final List<String> called = new ArrayList<>();
    private final List<Long> timeouts = new ArrayList<>();

    @Override
    public List<ReplicaId> replicas(String deployment) {
      return answers.containsKey(deployment)
          ? List.of(new ReplicaId(deployment, deployment + "#1"))
          : List.of();
    }

    @Override
    public void reportLost(ReplicaId replica) {
      answers.remove(replica.deployment());
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public byte[] call(ReplicaId replica, String method, byte[] argument, Deadline deadline) {
      assertThat(method).isEqualTo("predict");
      called.add(replica.deployment());
      PredictRequest request = PredictCodec.decodeRequest(argument);
      timeouts.add(request.timeoutMillis());
      PredictReply reply = answers.get(replica.deployment()).apply(request);
      if (deadline.passed()) {
        throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, "silent");
      }
      return PredictCodec.encode(reply);
    }
  }

  private static final int AT_ONCE = 2;

  private final FakeTicker ticker = new FakeTicker();
  private final Cluster cluster = new Cluster();
  private final TrafficCounter traffic = new TrafficCounter(100);
  private final PlacementTable table =
      PlacementTable.of(new Generation(1, 1), Map.of(tenant(1), new Placement(HOT, false)));
  private PlacementTable newest = table;
  private int pauses;
  private Runnable whilePausing = () -> {};
  private final Measurements measurements = new Measurements(Map::of, ticker);
  private final ScoreRequests requests =
      new ScoreRequests(
          new ApplicationConfig(
              "many-models", List.of(HOT), OVERFLOW, "SharedMemory", "Dispatcher"),
          new Router(cluster, new CalledPredictions(cluster, Runnable::run), Postmortems.NONE),
          () -> newest,
          traffic,
          new Quarantine(ticker),
          this::later,
          AT_ONCE,
          measurements,
          ticker);

  ScoreRequestsTest() {
    cluster.answers.put(HOT, request -> predicted(request.tenant(), 7));
    cluster.answers.put(OVERFLOW, request -> predicted(request.tenant(), 8));
  }

  private static PredictReply predicted(TenantId tenant, long value) {
    return new Predicted(
        new ModelRef(tenant, new ModelVersion(3)),
        Prediction.of(new long[] {value}, 1),
        false,
        Requests.COST);
  }

  private Scored score(int tenant) {
    return awaited(
        requests.score(tenant(tenant), ROWS, table, ticker.in(Duration.ofSeconds(10)), Span.NONE));
  }

  private static Scored awaited(CompletableFuture<Scored> answer) {
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw (ServingException) e.getCause();
    }
  }

  private void later(Runnable task) {
    pauses++;
    ticker.advance(Duration.ofMillis(500));
    whilePausing.run();
    task.run();
  }

  private ServingException failure(int tenant) {
    try {
      Scored scored = score(tenant);
      throw new AssertionError("answered " + scored);
    } catch (ServingException e) {
      return e;
    }
  }

  private static long value(Scored scored) {
    return (Long) Values.of(scored.predicted().prediction()).get(0);
  }

  private void assertOverflowAnswersForHot() {
    Scored scored = score(1);
    assertThat(scored.deployment()).isEqualTo(OVERFLOW);
    assertThat(scored.predicted().ref().tenant()).isEqualTo(tenant(1));
    assertThat(value(scored)).isEqualTo(8);
    assertThat(traffic.drain()).extracting(TenantTraffic::tenant).containsExactly(tenant(1));
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void aPlacedTenantIsScoredWhereItIsPlaced() {
    Scored scored = score(1);
    assertThat(scored.deployment()).isEqualTo(HOT);
    assertThat(value(scored)).isEqualTo(7);
    assertThat(cluster.called).containsExactly(HOT);
    assertThat(traffic.drain()).extracting(TenantTraffic::tenant).containsExactly(tenant(1));
  }

  @Test
  void everybodyElseIsScoredAtDeploymentx() {
    Scored scored = score(2);
    assertThat(scored.deployment()).isEqualTo(OVERFLOW);
    assertThat(cluster.called).containsExactly(OVERFLOW);
  }

  @Test
  void aHotReplicaThatDoesNotHoldTheModelIsPassedOver() {
    cluster.answers.put(HOT, request -> new NotHere());
    assertOverflowAnswersForHot();
    assertThat(cluster.called).containsExactly(HOT, OVERFLOW);
  }

  @Test
  void aLostHotReplicaIsPassedOver() {
    cluster.answers.put(
        HOT,
        request -> {
          throw new ReplicaLostException(
              new ReplicaId(HOT, HOT + "#1"), new IllegalStateException("dead"));
        });
    assertOverflowAnswersForHot();
  }

  @Test
  void aHotDeploymentWithoutReplicasIsPassedOver() {
    cluster.answers.remove(HOT);
    assertOverflowAnswersForHot();
    assertThat(cluster.called).containsExactly(OVERFLOW);
  }

  @Test
  void aSilentHotReplicaIsGivenUpAfterTheAttemptTimeout() {
    cluster.answers.put(
        HOT,
        request -> {
          ticker.advance(Duration.ofMillis(request.timeoutMillis()));
          return new NotHere();
        });
    assertOverflowAnswersForHot();
    assertThat(cluster.timeouts)
        .as("the attempt's, and what is left of 10 s")
        .containsExactly(2_000L, 8_000L);
  }

  @Test
  void aSilentHotReplicaIsWaitedForWhileDeploymentxHasNone() {
    cluster.answers.remove(OVERFLOW);
    cluster.answers.put(
        HOT,
        request -> {
          ticker.advance(Duration.ofSeconds(3));
          return predicted(request.tenant(), 7);
        });
    Scored scored = score(1);
    assertThat(scored.deployment()).isEqualTo(HOT);
    assertThat(cluster.timeouts).as("3 s were lost").containsExactly(2_000L, 7_000L);
    assertThat(traffic.drain()).extracting(TenantTraffic::hits).containsExactly(1);
  }

  @Test
  void aTenantThatMovedMeanwhileIsScoredAtItsNewPlaceWhileDeploymentxHasNoReplica() {
    cluster.answers.remove(OVERFLOW);
    cluster.answers.put(HOT, request -> new NotHere());
    cluster.answers.put("Deployment2", request -> predicted(request.tenant(), 9));
    newest =
        PlacementTable.of(
            new Generation(1, 2), Map.of(tenant(1), new Placement("Deployment2", false)));
    Scored scored = score(1);
    assertThat(scored.deployment()).isEqualTo("Deployment2");
    assertThat(value(scored)).isEqualTo(9);
  }

  @Test
  void nobodyIsAskedAgainOnceTheDeadlinePassed() {
    cluster.answers.put(
        HOT,
        request -> {
          ticker.advance(Duration.ofSeconds(10));
          return new NotHere();
        });
    assertThat(failure(1).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(cluster.called).containsExactly(HOT);
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void aNotHereAtTheLastMomentIsAPassedDeadline() {
    Deadline past = ticker.in(Duration.ZERO);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> awaited(requests.score(tenant(2), ROWS, table, past, Span.NONE)))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(cluster.called).isEmpty();
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void aHotReplicaThatThrowsIsPassedOver() {
    cluster.answers.put(
        HOT,
        request -> {
          throw new ServingException(ErrorCode.INTERNAL, "a replica failed");
        });
    assertOverflowAnswersForHot();
  }

  @Test
  void aFailureOfTheTenantsRequestIsPassedOn() {
    List<Violation> violations = List.of(new Violation("/data/0", "expected 4 numbers, got 2"));
    cluster.answers.put(
        HOT, request -> new Failed(ErrorCode.INPUT_MISMATCH, "not these rows", violations));
    ServingException failure = failure(1);
    assertThat(failure.code()).isEqualTo(ErrorCode.INPUT_MISMATCH);
    assertThat(failure).hasMessage("not these rows");
    assertThat(failure.violations()).isEqualTo(violations);
    assertThat(cluster.called).containsExactly(HOT);
    cluster.answers.put(OVERFLOW, request -> new Failed(ErrorCode.LOAD_FAILED, "x", List.of()));
    assertThat(failure(2).code()).isEqualTo(ErrorCode.LOAD_FAILED);
    assertThat(traffic.drain()).as("nobody was answered").isEmpty();
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void anAnswerByAnotherTenantsModelReachesNobody() {
    cluster.answers.put(HOT, request -> predicted(tenant(2), 666));
    cluster.answers.put(OVERFLOW, request -> predicted(tenant(1), 666));
    assertThat(failure(1).code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(failure(2).code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(traffic.drain()).isEmpty();
  }

  @Test
  void deploymentxHasToAnswer() {
    cluster.answers.put(OVERFLOW, request -> new NotHere());
    assertThat(failure(2).code()).isEqualTo(ErrorCode.INTERNAL);
    cluster.answers.remove(OVERFLOW);
    assertThat(failure(2).code()).isEqualTo(ErrorCode.NO_REPLICA);
    cluster.answers.remove(HOT);
    assertThat(failure(1).code()).isEqualTo(ErrorCode.NO_REPLICA);
  }

  @Test
  void aReplicaIsWaitedForWhenThereIsNone() {
    cluster.answers.remove(OVERFLOW);
    whilePausing =
        () -> {
          if (pauses == 3) {
            cluster.answers.put(OVERFLOW, request -> predicted(request.tenant(), 8));
          }
        };
    assertThat(value(score(2))).isEqualTo(8);
    assertThat(pauses).isEqualTo(3);
    assertThat(cluster.timeouts).containsExactly(8_500L);
  }

  @Test
  void notMoreThanAShareOfTheRequestsWaitForAReplica() {
    limit(7, 7);
    cluster.answers.remove(OVERFLOW);
    List<ErrorCode> seen = new ArrayList<>();
    whilePausing =
        () -> {
          whilePausing = () -> {};
          seen.add(failure(3).code());
        };
    assertThat(failure(2).code()).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(seen).containsExactly(ErrorCode.NO_REPLICA);
    assertThat(pauses).as("the other was refused at once").isEqualTo(20);
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void theLimitsOfTheConfigurationAreInForce() {
    limit(10, 1);
    List<ErrorCode> seen = new ArrayList<>();
    cluster.answers.put(
        OVERFLOW,
        request -> {
          assertThat(requests.inFlight()).isOne();
          seen.add(failure(2).code());
          limit(1, 1);
          seen.add(failure(3).code());
          return predicted(request.tenant(), 8);
        });
    assertThat(value(score(2))).isEqualTo(8);
    assertThat(seen).containsExactly(ErrorCode.TENANT_OVER_SHARE, ErrorCode.OVERLOADED);
    assertThat(requests.inFlight()).isZero();
    assertThat(requests.config().maxInFlight()).isOne();
  }

  private void limit(int maxInFlight, int maxInFlightPerTenant) {
    DispatcherConfig d = DispatcherConfig.DEFAULT;
    requests.reconfigure(
        new DispatcherConfig(
            d.maxBodyBytes(),
            d.maxRows(),
            d.maxValues(),
            d.deadlineMs(),
            d.attemptTimeoutMs(),
            maxInFlight,
            maxInFlightPerTenant,
            d.deploymentMapLimit()));
  }
}
