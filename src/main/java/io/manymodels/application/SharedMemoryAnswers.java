package io.manymodels.application;

import io.manymodels.access.TenantScope;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.Decisions;
import io.manymodels.json.ExplainJson.Tenant;
import io.manymodels.json.StatusJson;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placing.PlacementLoop;
import io.manymodels.placing.TableBoard;
import io.manymodels.quota.AllRates;
import io.manymodels.quota.QuotaLedger;
import io.manymodels.quota.RequestRates;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Answers in SharedMemory's own process, on the thread of whoever asks. Thread-safe. */
final class SharedMemoryAnswers implements SharedMemoryCalls {
  private static final System.Logger LOG = System.getLogger(SharedMemoryAnswers.class.getName());
  private static final Duration MAX_POOL_CHANGE = Duration.ofMinutes(1);

  private final QuotaLedger quotas = new QuotaLedger(Ticker.SYSTEM);
  private final PlacementLoop loop;
  private final TableBoard board;
  private final Predicate<TenantId> hasModel;
  private final String overflow;
  private final MeasuredFleet fleet;
  private final Supplier<StatusJson.Placement> status;

  /**
   * @param hasModel as {@link io.manymodels.registry.ModelRegistry#hasModel}
   * @param overflow Serve name of Deploymentx
   * @param fleet adds up what processes measure
   */
  SharedMemoryAnswers(
      PlacementLoop loop,
      TableBoard board,
      Predicate<TenantId> hasModel,
      String overflow,
      MeasuredFleet fleet,
      Supplier<StatusJson.Placement> status) {
    this.loop = loop;
    this.board = board;
    this.hasModel = hasModel;
    this.overflow = overflow;
    this.fleet = fleet;
    this.status = status;
  }

  @Override
  public Optional<PlacementTable> table(String reader, Generation known, Deadline deadline) {
    try {
      return board.awaitNewer(reader, known);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServingException(ErrorCode.NO_REPLICA, "SharedMemory is shutting down", e);
    }
  }

  @Override
  public AllRates rates(String reader, List<RequestRates> rates, Deadline deadline) {
    return quotas.report(reader, rates);
  }

  @Override
  public void traffic(
      List<TenantTraffic> answered, Optional<MeasuredReport> measured, Deadline deadline) {
    // First what cannot be sent again.
    if (!answered.isEmpty()) {
      loop.answered(answered);
    }
    measured.ifPresent(fleet::add);
  }

  @Override
  public MeasuredTotals measured(Deadline deadline) {
    return fleet.totals();
  }

  @Override
  public List<TenantFigures> tenants(TenantSearch search, Deadline deadline) {
    TenantScope visible = TenantScope.of(search.scope());
    return fleet.tenants(
        search.tenantOrder(), search.limit(), tenant -> search.wants(visible, tenant));
  }

  @Override
  public Optional<TenantFigures> figures(TenantId tenant, Deadline deadline) {
    return fleet.tenant(tenant);
  }

  @Override
  public void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    loop.replaceDedicatedPool(mapping, deadline.atMost(MAX_POOL_CHANGE));
  }

  @Override
  public StatusJson.Placement status(Deadline deadline) {
    return status.get();
  }

  /** The registry is asked here, and not by the one thread that places tenants. */
  @Override
  public Tenant explain(TenantId tenant, Deadline deadline) {
    Optional<ServingException> doubt =
        loop.status().table().placement(tenant).isPresent() ? Optional.empty() : doubt(tenant);
    Explanation explanation = loop.explain(tenant, deadline);
    if (doubt.isPresent() && explanation.events().isEmpty() && explanation.worth().hits() == 0) {
      throw doubt.get();
    }
    return ExplainJson.tenant(explanation, overflow, loop.status().table().generation().toString());
  }

  /**
   * Why it is not certain that there is such a tenant: the registry is away. Throws what is
   * certain.
   */
  private Optional<ServingException> doubt(TenantId tenant) {
    try {
      if (hasModel.test(tenant)) {
        return Optional.empty();
      }
    } catch (ServingException e) {
      if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
        return Optional.of(e);
      }
      throw e;
    }
    throw new ServingException(ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model");
  }

  @Override
  public List<TenantId> busiest(int limit, Deadline deadline) {
    try {
      return loop.busiestUnplaced(limit, deadline);
    } catch (ServingException e) {
      LOG.log(
          System.Logger.Level.DEBUG, "the busiest tenants without a place: {0}", e.getMessage());
      return List.of();
    }
  }

  @Override
  public Decisions decisions(DecisionsQuestion question, Deadline deadline) {
    PlacementHistory history = loop.history();
    long term = history.numberedSince();
    if (term == 0) {
      throw new ServingException(ErrorCode.NO_REPLICA, "SharedMemory is taking over");
    }
    if (question.from().isEmpty()) {
      List<PlacementEvent> events = history.after(question.after(), question.limit());
      return ExplainJson.decisions(term, question.after(), events);
    }
    // Read first: what is added meanwhile is either returned or comes next.
    long last = history.last();
    return ExplainJson.decisions(term, last, history.from(question.from().get(), question.limit()));
  }
}
