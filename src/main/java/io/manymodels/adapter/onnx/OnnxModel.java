package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.manymodels.adapter.onnx.SessionOutputs.Chosen;
import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Binding;
import io.manymodels.tensor.InputRows;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Stack;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One session. Thread-safe but for {@link #close()}, which must come last. */
final class OnnxModel implements LoadedModel {
  private static final System.Logger LOG = System.getLogger(OnnxModel.class.getName());
  private static final RunLimits LIMITS = new RunLimits();

  /** Of a prediction that nobody waits for; the longest deadline that can be configured. */
  private static final Duration MAX_PREDICTION = Duration.ofMinutes(10);

  private final ModelRef ref;
  private final OrtSession session;
  private final Binding binding;
  private final SessionInputs inputs;
  private final SessionOutputs outputs;
  private final long weightBytes;
  private Optional<String> warning = Optional.empty();

  OnnxModel(
      ModelRef ref,
      OrtSession session,
      Binding binding,
      SessionInputs inputs,
      SessionOutputs outputs,
      long weightBytes) {
    this.ref = ref;
    this.session = session;
    this.binding = binding;
    this.inputs = inputs;
    this.outputs = outputs;
    this.weightBytes = weightBytes;
  }

  /**
   * Starts the thread that ends predictions past their deadline, unless it runs. It has the
   * priority of the one that asks first.
   */
  static void startLimits() {
    Objects.requireNonNull(LIMITS);
  }

  @Override
  public Signature signature() {
    return binding.signature();
  }

  @Override
  public Prediction predict(Rows rows) {
    return predict(rows, Deadline.after(MAX_PREDICTION, Ticker.SYSTEM));
  }

  @Override
  public Prediction predict(Rows rows, Deadline deadline) {
    List<@Nullable InputRows> bound = binding.bind(rows);
    inputs.checkTexts(bound, rows);
    Chosen chosen = outputs.choose(rows.outputs());
    List<RowGroup> groups = RowGroup.of(bound, rows.count(), inputs.fixedBatch(bound));
    for (RowGroup group : groups) {
      inputs.checkSharedDimensions(bound, group.row(0));
    }
    try {
      return groups.get(0).isWhole(rows.count())
          ? whole(bound, groups.get(0), chosen, deadline)
          : inPieces(bound, groups, chosen, rows.count(), deadline);
    } catch (OrtException e) {
      throw new RefusedRows(ref, this::answers).explain(rows, bound, deadline, e);
    }
  }

  private Prediction whole(
      List<@Nullable InputRows> bound, RowGroup group, Chosen chosen, Deadline deadline)
      throws OrtException {
    List<OutputValue> values = ask(bound, group, chosen, deadline);
    if (group.size() == 1) {
      values.replaceAll(OnnxModel::ofOneRow);
    }
    return prediction(chosen, values);
  }

  /** A scalar stands for the row where there is but one. */
  private static OutputValue ofOneRow(OutputValue value) {
    return value instanceof OutputValue.Tensor tensor && tensor.shape().length == 0
        ? new OutputValue.Tensor(tensor.cells(), new int[] {1})
        : value;
  }

  private Prediction inPieces(
      List<@Nullable InputRows> bound,
      List<RowGroup> groups,
      Chosen chosen,
      int count,
      Deadline deadline)
      throws OrtException {
    List<OutputValue[]> byOutput = new ArrayList<>();
    for (RowGroup group : groups) {
      List<OutputValue> values = ask(bound, group, chosen, deadline);
      for (int output = 0; output < values.size(); output++) {
        if (byOutput.size() == output) {
          byOutput.add(new OutputValue[count]);
        }
        spread(values.get(output), group, byOutput.get(output), name(chosen, output));
      }
    }
    return prediction(
        chosen, byOutput.stream().map(rows -> Stack.of(Arrays.asList(rows))).toList());
  }

  private void spread(OutputValue value, RowGroup group, OutputValue[] rows, String output) {
    try {
      for (int i = 0; i < group.size(); i++) {
        rows[group.row(i)] = Stack.row(value, i, group.batch());
      }
    } catch (IllegalArgumentException e) {
      throw outputs.notByRow(output, group.batch());
    }
  }

  /** The name of a value of {@link #ask}: the first output, then those that were chosen. */
  private static String name(Chosen chosen, int value) {
    return value == 0 ? chosen.first().name() : chosen.named().get(value - 1).name();
  }

  private static Prediction prediction(Chosen chosen, List<OutputValue> values) {
    List<Prediction.Named> named = new ArrayList<>(chosen.named().size());
    for (int i = 0; i < chosen.named().size(); i++) {
      SessionOutputs.Wanted output = chosen.named().get(i);
      named.add(new Prediction.Named(output.name(), output.datatype(), values.get(i + 1)));
    }
    return new Prediction(values.get(0), named);
  }

  /** The first output, and then those that were chosen. */
  private List<OutputValue> ask(
      List<@Nullable InputRows> bound, RowGroup group, Chosen chosen, Deadline deadline)
      throws OrtException {
    try (RunLimits.Run run = LIMITS.begin(ref, deadline);
        SessionInputs.Tensors tensors = inputs.tensors(bound, group)) {
      return ask(tensors, chosen, run);
    }
  }

  private List<OutputValue> ask(SessionInputs.Tensors tensors, Chosen chosen, RunLimits.Run run)
      throws OrtException {
    try (OrtSession.Result result =
        session.run(tensors.byName(), chosen.computed(), run.options())) {
      List<OutputValue> values = new ArrayList<>(1 + chosen.named().size());
      OutputValue first = outputs.read(chosen.first(), result);
      values.add(first);
      for (SessionOutputs.Wanted output : chosen.named()) {
        boolean isFirst = output.position() == chosen.first().position();
        values.add(isFirst ? first : outputs.read(output, result));
      }
      return values;
    } catch (OrtException e) {
      if (run.ended()) {
        throw new ServingException(
            ErrorCode.DEADLINE_EXCEEDED, ref + ": the prediction was ended at its deadline", e);
      }
      throw e;
    }
  }

  /** Whether the model answers one row of a request alone. */
  private boolean answers(List<@Nullable InputRows> bound, int row, Deadline deadline) {
    int batch = Math.max(1, inputs.fixedBatch(bound));
    RowGroup alone = new RowGroup(new int[] {row}, 1, batch);
    try {
      var unused = ask(bound, alone, outputs.choose(Outputs.FIRST), deadline);
      return true;
    } catch (OrtException e) {
      return false;
    }
  }

  /** Rows that a trial takes. */
  int rowsToTry() {
    return inputs.rowsToTry();
  }

  /** To be called before the model is published to other threads. */
  void warn(String text) {
    warning = Optional.of(text);
  }

  @Override
  public Optional<String> warning() {
    return warning;
  }

  @Override
  public long weightBytes() {
    return weightBytes;
  }

  @Override
  public void close() {
    inputs.close();
    try {
      session.close();
    } catch (OrtException | IllegalStateException e) {
      LOG.log(System.Logger.Level.WARNING, "closing " + ref, e);
    }
  }
}
