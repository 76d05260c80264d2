package io.manymodels.rehearsal;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.Predictor;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Asks the made-up models for predictions as a Dispatcher does, by frames. Thread-safe. */
final class Questions {
  /** In a step; see {@link RehearsalProgress#goesOn}. */
  private static final int AT_ONCE = 10;

  private final Map<TenantId, List<Rows>> byTenant;

  Questions(SyntheticModels models) {
    this.byTenant =
        models.tenants().stream()
            .collect(Collectors.toUnmodifiableMap(tenant -> tenant, each -> rows(models, each)));
  }

  private static List<Rows> rows(SyntheticModels models, TenantId tenant) {
    Rows example =
        models
            .describe(new ModelRef(tenant, new ModelVersion(1)))
            .flatMap(artifact -> artifact.usage().example())
            .orElseThrow(() -> new IllegalStateException(tenant + " has no example"));
    return List.of(example.wanting(Outputs.FIRST), example.wanting(Outputs.ALL));
  }

  /**
   * Asks one model.
   *
   * @param times at most; fewer when the rehearsal is to end
   * @return how many predictions were made
   * @throws IllegalStateException when one was not
   */
  int ask(Predictor predictor, TenantId tenant, int times, RehearsalProgress progress) {
    List<Rows> questions = byTenant.getOrDefault(tenant, List.of());
    int asked = 0;
    while (asked < times && (asked % AT_ONCE != 0 || progress.goesOn())) {
      ask(predictor, tenant, questions.get(asked % questions.size()));
      asked++;
    }
    return asked;
  }

  private static void ask(Predictor predictor, TenantId tenant, Rows rows) {
    byte[] question =
        PredictCodec.encode(new PredictRequest(tenant, rows, Exercise.PATIENCE.toMillis()));
    byte[] answer = PredictCodec.encode(predictor.answer(PredictCodec.decodeRequest(question)));
    PredictReply reply = PredictCodec.decodeReply(answer);
    if (!(reply instanceof Predicted)) {
      throw new IllegalStateException(tenant + " answered " + reply);
    }
  }
}
