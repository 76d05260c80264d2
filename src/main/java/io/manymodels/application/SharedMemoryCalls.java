package io.manymodels.application;

import io.manymodels.json.ExplainJson;
import io.manymodels.json.StatusJson;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.quota.AllRates;
import io.manymodels.quota.RequestRates;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.time.Deadline;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The calls of other processes to SharedMemory. {@link SharedMemoryAnswers} answers in its own
 * process; {@link RemoteSharedMemory} asks from another one. Thread-safe.
 *
 * <p>Every call blocks until the answer or the deadline, and throws {@link
 * io.manymodels.model.ServingException}: {@code NO_REPLICA} while SharedMemory is away, {@code
 * DEADLINE_EXCEEDED}, {@code INTERNAL}, and what the method names.
 */
public interface SharedMemoryCalls {

  /**
   * Waits for a table newer than {@code known}, for {@link
   * io.manymodels.placing.TableBoard#MAX_POLL} at most.
   *
   * @param reader names the asking Dispatcher, which acknowledges that it routes by {@code known}
   * @return empty when there is none yet
   */
  Optional<PlacementTable> table(String reader, Generation known, Deadline deadline);

  /**
   * Reports what a Dispatcher is asked for by those who have a quota, in place of its last report.
   *
   * @param reader names the Dispatcher
   * @return what all Dispatchers are asked for by the same
   */
  AllRates rates(String reader, List<RequestRates> rates, Deadline deadline);

  /**
   * Reports what a Dispatcher answered since its last report.
   *
   * @param measured since then, sent again until this returns; empty: one of another build does not
   *     measure
   */
  void traffic(List<TenantTraffic> answered, Optional<MeasuredReport> measured, Deadline deadline);

  /** What all processes have measured since SharedMemory took over. */
  MeasuredTotals measured(Deadline deadline);

  /** The figures of tenants that a search finds. */
  List<TenantFigures> tenants(TenantSearch search, Deadline deadline);

  /** The figures of one tenant; empty when nothing is known of it. */
  Optional<TenantFigures> figures(TenantId tenant, Deadline deadline);

  /**
   * Replaces the dedicated pool; returns when the change is live on every replica.
   *
   * @throws io.manymodels.model.ServingException {@code DEDICATED_POOL_REFUSED} with what is wrong,
   *     and what loads fail with
   */
  void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline);

  /** How placement stands. */
  StatusJson.Placement status(Deadline deadline);

  /**
   * Why a tenant is where it is.
   *
   * @throws io.manymodels.model.ServingException {@code MODEL_NOT_FOUND}, {@code STORE_UNAVAILABLE}
   *     when it is not certain that there is such a tenant
   */
  ExplainJson.Tenant explain(TenantId tenant, Deadline deadline);

  /** The recent decisions. */
  ExplainJson.Decisions decisions(DecisionsQuestion question, Deadline deadline);

  /**
   * The tenants that Deploymentx is asked for most, the busiest first; none while placement is
   * busy.
   *
   * @param limit {@code 1..10000}
   */
  List<TenantId> busiest(int limit, Deadline deadline);
}
