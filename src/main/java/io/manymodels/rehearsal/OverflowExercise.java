package io.manymodels.rehearsal;

import io.manymodels.config.OverflowConfig;
import io.manymodels.holding.OverflowModels;
import io.manymodels.model.TenantId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.List;

/** The work of a replica of Deploymentx: predictions that load models and evict others. */
final class OverflowExercise implements Exercise {
  /** Each model that is asked for evicts the one before. */
  private static final OverflowConfig ONE_MODEL = new OverflowConfig(1, 16, 1, 16);

  private final SyntheticModels models;
  private final Questions questions;
  private final OverflowModels overflow;

  OverflowExercise(Rehearsal.Sources sources) {
    this.models = new SyntheticModels();
    this.questions = new Questions(models);
    this.overflow = new OverflowModels(sources.of(models, models), ONE_MODEL, Ticker.SYSTEM);
  }

  @Override
  public void round(RehearsalProgress progress) {
    for (TenantId tenant : models.tenants()) {
      if (!progress.goesOn()) {
        return;
      }
      int asked = questions.ask(overflow, tenant, progress.predictionsEach(), progress);
      models.raise();
      var unused =
          overflow.versions().refresh(List.of(tenant), Deadline.after(PATIENCE, Ticker.SYSTEM));
      asked += questions.ask(overflow, tenant, MORE_PREDICTIONS, progress);
      progress.did(asked);
    }
  }

  @Override
  public void close() {
    overflow.close();
  }
}
