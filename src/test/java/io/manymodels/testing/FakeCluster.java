package io.manymodels.testing;

import io.manymodels.access.TenantScope;
import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.HoldingReplicas;
import io.manymodels.application.SharedMemoryCalls;
import io.manymodels.application.TenantSearch;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.holding.LoadingReport;
import io.manymodels.holding.Refreshed;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.StatusJson;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.MeasuredSums;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.measuring.TenantOrder;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Explanation.Outlook;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placing.TableBoard;
import io.manymodels.quota.AllRates;
import io.manymodels.quota.QuotaLedger;
import io.manymodels.quota.RequestRates;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.Worth;
import io.manymodels.tensor.Prediction;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a Dispatcher sees of the others: one replica of each deployment, which answers as a test
 * says. At first every hot deployment and Deploymentx answer with one 7 a row, as version 3.
 * Thread-safe.
 */
public final class FakeCluster
    implements ReplicaDirectory, ReplicaClient, SharedMemoryCalls, HoldingReplicas {
  private final QuotaLedger ledger = new QuotaLedger(Ticker.SYSTEM);
  private volatile BiFunction<String, List<TenantId>, List<Refreshed>> refreshes =
      (deployment, tenants) -> List.of();
  private final MeasuredSums sums = new MeasuredSums(Ticker.SYSTEM);
  private final ApplicationConfig application;
  private final TableBoard board = new TableBoard(Set::of, Ticker.SYSTEM);
  private final Map<String, Function<PredictRequest, PredictReply>> predicts =
      new ConcurrentHashMap<>();
  private final List<TenantId> hits = new CopyOnWriteArrayList<>();
  private volatile @Nullable ServingException poolRefusal;
  private volatile SortedMap<TenantId, String> pool = new TreeMap<>();
  private volatile boolean sharedMemoryAway;
  private volatile @Nullable DecisionsQuestion decisionsAsked;
  private final List<PlacementEvent> decided = new CopyOnWriteArrayList<>();

  public FakeCluster(ApplicationConfig application) {
    this.application = application;
    application
        .hot()
        .forEach(name -> predicts(name, request -> sevens(request.rows().count(), request)));
    predicts(application.overflow(), request -> sevens(request.rows().count(), request));
  }

  private static PredictReply sevens(int rows, PredictRequest request) {
    long[] values = new long[rows];
    Arrays.fill(values, 7);
    return predicted(request, Prediction.of(values, 1));
  }

  /** An answer by the model of the tenant that asked. */
  public static PredictReply predicted(PredictRequest request, Prediction prediction) {
    return new Predicted(
        new ModelRef(request.tenant(), new ModelVersion(3)),
        prediction,
        false,
        new ModelCost(1, 1));
  }

  /** Has the replica of a deployment answer like this, or throw. */
  public void predicts(String deployment, Function<PredictRequest, PredictReply> answer) {
    predicts.put(deployment, answer);
  }

  /** Has the replica of a deployment answer sevens, once the latch is open. */
  public void waitsFor(String deployment, CountDownLatch latch) {
    predicts(
        deployment,
        request -> {
          try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
              throw new ServingException(ErrorCode.INTERNAL, "nobody opened the latch");
            }
          } catch (InterruptedException e) {
            throw new ServingException(ErrorCode.INTERNAL, "interrupted", e);
          }
          return sevens(request.rows().count(), request);
        });
  }

  /** Has every replica that predicts fail for this reason. */
  public void fails(ErrorCode code, String detail, Violation... violations) {
    predicts.replaceAll(
        (name, before) -> request -> new PredictReply.Failed(code, detail, List.of(violations)));
  }

  /** Ends the only replica of a deployment. */
  public void end(String deployment) {
    predicts.remove(deployment);
  }

  public void sharedMemoryAway(boolean away) {
    sharedMemoryAway = away;
  }

  /** Has SharedMemory refuse changes of the pool. */
  public void refusesPool(ServingException why) {
    poolRefusal = why;
  }

  /** The pool that SharedMemory was told last. */
  public SortedMap<TenantId, String> pool() {
    return pool;
  }

  /** Tenants of all hit reports. */
  public List<TenantId> hits() {
    return hits;
  }

  public void publish(long number, Map<TenantId, Placement> placements) {
    board.publish(PlacementTable.of(new Generation(1, number), placements));
  }

  @Override
  public List<ReplicaId> replicas(String deployment) {
    boolean there =
        deployment.equals(application.sharedMemory())
            ? !sharedMemoryAway
            : predicts.containsKey(deployment);
    return there ? List.of(new ReplicaId(deployment, deployment + "#1")) : List.of();
  }

  @Override
  public void reportLost(ReplicaId replica) {
    end(replica.deployment());
  }

  @Override
  public void onChange(Runnable listener) {}

  @Override
  public byte[] call(ReplicaId replica, String method, byte[] argument, Deadline deadline) {
    checkInTime(deadline);
    if (!method.equals("predict")) {
      throw new AssertionError("no method " + method);
    }
    return PredictCodec.encode(
        predicts.get(replica.deployment()).apply(PredictCodec.decodeRequest(argument)));
  }

  private static void checkInTime(Deadline deadline) {
    if (deadline.passed()) {
      throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, "the deadline passed");
    }
  }

  private void checkSharedMemory(Deadline deadline) {
    if (sharedMemoryAway) {
      throw new ServingException(ErrorCode.NO_REPLICA, "no replica of SharedMemory is alive");
    }
    checkInTime(deadline);
  }

  @Override
  public AllRates rates(String reader, List<RequestRates> rates, Deadline deadline) {
    checkSharedMemory(deadline);
    return ledger.report(reader, rates);
  }

  @Override
  public void traffic(
      List<TenantTraffic> answered, Optional<MeasuredReport> measured, Deadline deadline) {
    checkSharedMemory(deadline);
    answered.forEach(of -> hits.add(of.tenant()));
    measured.ifPresent(sums::add);
  }

  /** What was reported, added up. */
  public MeasuredSums sums() {
    return sums;
  }

  @Override
  public MeasuredTotals measured(Deadline deadline) {
    checkSharedMemory(deadline);
    return sums.totals(20);
  }

  @Override
  public List<TenantFigures> tenants(TenantSearch search, Deadline deadline) {
    checkSharedMemory(deadline);
    TenantScope visible = TenantScope.of(search.scope());
    return sums.tenants(
        TenantOrder.ofWord(search.order()).orElseThrow(),
        search.limit(),
        tenant -> tenant.value().startsWith(search.prefix()) && visible.contains(tenant));
  }

  @Override
  public Optional<TenantFigures> figures(TenantId tenant, Deadline deadline) {
    checkSharedMemory(deadline);
    return sums.tenant(tenant);
  }

  @Override
  public Optional<ModelVersion> version(ReplicaId replica, TenantId tenant, Deadline deadline) {
    checkInTime(deadline);
    return Optional.of(new ModelVersion(3));
  }

  @Override
  public void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    checkSharedMemory(deadline);
    pool = mapping;
    @Nullable ServingException refusal = poolRefusal;
    if (refusal != null) {
      throw refusal;
    }
  }

  @Override
  public ExplainJson.Decisions decisions(DecisionsQuestion question, Deadline deadline) {
    checkSharedMemory(deadline);
    decisionsAsked = question;
    if (decided.isEmpty()) {
      return ExplainJson.decisions(3, 7, List.of());
    }
    return ExplainJson.decisions(
        3,
        question.after(),
        decided.stream()
            .filter(event -> event.sequence() > question.after())
            .limit(question.limit())
            .toList());
  }

  @Override
  public List<TenantId> busiest(int limit, Deadline deadline) {
    checkSharedMemory(deadline);
    return hits.stream().distinct().limit(limit).toList();
  }

  @Override
  public List<Refreshed> refresh(
      ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    checkInTime(deadline);
    return refreshes.apply(replica.deployment(), List.copyOf(tenants));
  }

  /** Has replicas, by their deployment, answer so to the command to switch to live versions. */
  public void refreshes(BiFunction<String, List<TenantId>, List<Refreshed>> answer) {
    refreshes = answer;
  }

  @Override
  public Optional<PlacementTable> table(String reader, Generation known, Deadline deadline) {
    checkSharedMemory(deadline);
    try {
      return board.awaitNewer(reader, known);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServingException(ErrorCode.NO_REPLICA, "interrupted", e);
    }
  }

  @Override
  public ExplainJson.Tenant explain(TenantId tenant, Deadline deadline) {
    checkSharedMemory(deadline);
    PlacementTable table = board.table();
    if (table.placement(tenant).isEmpty()) {
      throw new ServingException(ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model");
    }
    Explanation explanation =
        new Explanation(
            tenant,
            table.placement(tenant),
            new Worth(8, 1.5, 40_000),
            Duration.ofSeconds(32),
            new Outlook("it stays", List.of(), Optional.empty()),
            Optional.empty(),
            List.of());
    return ExplainJson.tenant(explanation, application.overflow(), table.generation().toString());
  }

  /** Has SharedMemory have decided this, too. */
  public void decides(PlacementEvent event) {
    decided.add(event);
  }

  /** What the last question about decisions was. */
  public @Nullable DecisionsQuestion decisionsAsked() {
    return decisionsAsked;
  }

  @Override
  public StatusJson.Overflow status(ReplicaId replica, Deadline deadline) {
    checkInTime(deadline);
    return new StatusJson.Overflow(
        replica.deployment(),
        replica.name(),
        1,
        1_000,
        10,
        128,
        "key 'capacity': wrong",
        StatusJson.Loading.of(LoadingReport.NONE));
  }

  @Override
  public StatusJson.Placement status(Deadline deadline) {
    checkSharedMemory(deadline);
    return new StatusJson.Placement(
        "1.2",
        0,
        1,
        0.02,
        new StatusJson.Traffic(6, 3, 1, 0.6, 4, 512),
        3,
        2,
        new TreeMap<>(),
        List.of());
  }
}
