package io.manymodels.adapter.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.manymodels.inference.FeatureRows;
import io.manymodels.inference.FiniteNumbers;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.Prediction;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** One session. Thread-safe but for {@link #close()}, which must come last. */
final class OnnxModel implements LoadedModel {
  private static final System.Logger LOG = System.getLogger(OnnxModel.class.getName());
  private static final RunLimits LIMITS = new RunLimits();

  /** Of a prediction that nobody waits for; the longest deadline that can be configured. */
  private static final Duration MAX_PREDICTION = Duration.ofMinutes(10);

  private final ModelRef ref;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final OnnxInput input;
  private final OnnxOutput output;
  private final Set<String> wanted;
  private final long weightBytes;

  OnnxModel(
      ModelRef ref,
      OrtEnvironment environment,
      OrtSession session,
      OnnxInput input,
      OnnxOutput output,
      long weightBytes) {
    this.ref = ref;
    this.environment = environment;
    this.session = session;
    this.input = input;
    this.output = output;
    this.wanted = Set.of(output.name());
    this.weightBytes = weightBytes;
  }

  @Override
  public Prediction predict(FeatureRows rows) {
    return predict(rows, Deadline.after(MAX_PREDICTION, Ticker.SYSTEM));
  }

  @Override
  public Prediction predict(FeatureRows rows, Deadline deadline) {
    return FiniteNumbers.require(ref, run(rows, deadline));
  }

  /** Predicts; the answer may hold numbers that are not finite. Throws as {@link #predict}. */
  Prediction run(FeatureRows rows, Deadline deadline) {
    input.check(ref, rows);
    try (RunLimits.Run run = LIMITS.begin(ref, deadline)) {
      return run(rows, run);
    } catch (OrtException e) {
      throw OrtFailures.failed(ref, "predicting", e);
    }
  }

  private Prediction run(FeatureRows rows, RunLimits.Run run) throws OrtException {
    try (OnnxTensor tensor = input.tensor(environment, ref, rows);
        OrtSession.Result result =
            session.run(Map.of(input.name(), tensor), wanted, run.options())) {
      return output.read(ref, result.get(0), rows.rowCount());
    } catch (OrtException e) {
      if (run.ended()) {
        throw new ServingException(
            ErrorCode.DEADLINE_EXCEEDED, ref + ": the prediction was ended at its deadline", e);
      }
      throw e;
    }
  }

  @Override
  public int inputWidth() {
    return input.width();
  }

  /** Rows that a trial prediction takes. */
  int rowsToTry() {
    return Math.max(1, input.fixedRows());
  }

  @Override
  public long weightBytes() {
    return weightBytes;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException | IllegalStateException e) {
      LOG.log(System.Logger.Level.WARNING, "closing " + ref, e);
    }
  }
}
