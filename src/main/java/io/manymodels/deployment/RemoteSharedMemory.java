package io.manymodels.deployment;

import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.SharedMemoryCalls;
import io.manymodels.application.TenantSearch;
import io.manymodels.deployment.Messages.BusiestQuestion;
import io.manymodels.deployment.Messages.FiguresList;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.deployment.Messages.PoolChange;
import io.manymodels.deployment.Messages.RatesReport;
import io.manymodels.deployment.Messages.TableAnswer;
import io.manymodels.deployment.Messages.TableQuestion;
import io.manymodels.deployment.Messages.TenantList;
import io.manymodels.deployment.Messages.TenantQuestion;
import io.manymodels.deployment.Messages.TrafficReport;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.StatusJson;
import io.manymodels.json.Wire;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.quota.AllRates;
import io.manymodels.quota.RequestRates;
import io.manymodels.routing.ReplicaCalls;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.time.Deadline;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** Asks the replica of SharedMemory, wherever it is: the methods of {@link SharedMemory}. */
final class RemoteSharedMemory implements SharedMemoryCalls {
  private final ReplicaCalls calls;
  private final String deployment;

  /**
   * @param deployment Serve name of SharedMemory
   */
  RemoteSharedMemory(ReplicaCalls calls, String deployment) {
    this.calls = calls;
    this.deployment = deployment;
  }

  @Override
  public Optional<PlacementTable> table(String reader, Generation known, Deadline deadline) {
    return ask("table", new TableQuestion(reader, known), TableAnswer.class, deadline).table();
  }

  @Override
  public AllRates rates(String reader, List<RequestRates> rates, Deadline deadline) {
    return ask("rates", new RatesReport(reader, rates), AllRates.class, deadline);
  }

  @Override
  public void traffic(
      List<TenantTraffic> answered, Optional<MeasuredReport> measured, Deadline deadline) {
    var unused = ask("traffic", new TrafficReport(answered, measured), Nothing.class, deadline);
  }

  @Override
  public MeasuredTotals measured(Deadline deadline) {
    return ask("measured", Nothing.NOTHING, MeasuredTotals.class, deadline);
  }

  @Override
  public List<TenantFigures> tenants(TenantSearch search, Deadline deadline) {
    return ask("tenants", search, FiguresList.class, deadline).tenants();
  }

  @Override
  public Optional<TenantFigures> figures(TenantId tenant, Deadline deadline) {
    TenantQuestion question = new TenantQuestion(tenant, deadline);
    return ask("figures", question, FiguresList.class, deadline).tenants().stream().findFirst();
  }

  @Override
  public void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    var unused = ask("pool", new PoolChange(mapping, deadline), Nothing.class, deadline);
  }

  @Override
  public StatusJson.Placement status(Deadline deadline) {
    return ask("status", Nothing.NOTHING, StatusJson.Placement.class, deadline);
  }

  @Override
  public ExplainJson.Tenant explain(TenantId tenant, Deadline deadline) {
    TenantQuestion question = new TenantQuestion(tenant, deadline);
    return ask("explain", question, ExplainJson.Tenant.class, deadline);
  }

  @Override
  public ExplainJson.Decisions decisions(DecisionsQuestion question, Deadline deadline) {
    return ask("decisions", question, ExplainJson.Decisions.class, deadline);
  }

  /** SharedMemory has half of the time, so that there is some left for the answer. */
  @Override
  public List<TenantId> busiest(int limit, Deadline deadline) {
    Deadline half = deadline.atMost(deadline.remaining().dividedBy(2));
    return ask("busiest", new BusiestQuestion(limit, half), TenantList.class, deadline).tenants();
  }

  private <T> T ask(String method, Object question, Class<T> answer, Deadline deadline) {
    return Wire.result(calls.call(deployment, method, Wire.bytes(question), deadline), answer);
  }
}
