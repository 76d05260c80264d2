package io.manymodels.rehearsal;

import io.manymodels.holding.HotModels;
import io.manymodels.holding.HotReport.Refused;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.List;

/** The work of a hot replica: commanded loads and unloads, predictions, other versions. */
final class HotExercise implements Exercise {
  private final SyntheticModels models;
  private final Questions questions;
  private final HotModels hot;
  private Generation command = Generation.NONE;

  HotExercise(Rehearsal.Sources sources) {
    this.models = new SyntheticModels();
    this.questions = new Questions(models);
    this.hot = new HotModels(sources.of(models, models), Ticker.SYSTEM);
  }

  @Override
  public void round(RehearsalProgress progress) {
    for (TenantId tenant : models.tenants()) {
      if (!progress.goesOn()) {
        return;
      }
      load(tenant);
      int asked = questions.ask(hot, tenant, progress.predictionsEach(), progress);
      models.raise();
      if (hot.versions().refresh(List.of(tenant), soon()).size() != 1 || hot.held().size() != 1) {
        throw new IllegalStateException(tenant + " was not refreshed");
      }
      asked += questions.ask(hot, tenant, MORE_PREDICTIONS, progress);
      command = command.next();
      hot.unload(List.of(tenant), command);
      progress.did(asked);
    }
  }

  private void load(TenantId tenant) {
    command = command.next();
    hot.load(List.of(tenant), command, soon());
    List<Refused> refused = hot.refused(List.of(tenant));
    if (!refused.isEmpty()) {
      throw new IllegalStateException(refused.get(0).detail());
    }
  }

  private static Deadline soon() {
    return Deadline.after(PATIENCE, Ticker.SYSTEM);
  }

  @Override
  public void close() {
    hot.close();
  }
}
