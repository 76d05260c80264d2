package io.manymodels.adapter.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.manymodels.adapter.onnx.graph.DefaultTensor;
import io.manymodels.adapter.onnx.graph.ServedGraph;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.InputRows;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.SomeNames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The inputs of one session, with the defaults of optional ones. Thread-safe until closed. */
final class SessionInputs implements AutoCloseable {
  private final OrtEnvironment environment;
  private final Signature signature;
  private final List<String> textOperators;
  private final Set<String> replacedTexts;

  /** Inputs whose texts must be plain, and are not made so. */
  private final Set<String> plainTexts;

  private final Map<String, OnnxTensor> defaults = new HashMap<>();
  private final SharedDimensions sharedDimensions;
  private final int batchOfRequired;

  /** Throws {@code LOAD_FAILED} when its inputs have batches of different sizes. */
  SessionInputs(
      ModelRef ref,
      OrtEnvironment environment,
      OrtSession session,
      Signature signature,
      ServedGraph served)
      throws OrtException {
    this.sharedDimensions = new SharedDimensions(signature, session);
    this.environment = environment;
    this.signature = signature;
    this.textOperators = served.textOperators().stream().sorted().toList();
    this.replacedTexts = served.asciiTokens();
    this.plainTexts = new HashSet<>(served.plainTexts());
    plainTexts.removeAll(replacedTexts);
    this.batchOfRequired = batchOfRequired(ref, signature);
    for (ModelInput input : signature.inputs()) {
      @Nullable DefaultTensor value = served.defaults().get(input.name());
      if (value != null) {
        defaults.put(input.name(), TensorWriter.tensor(environment, value));
      }
    }
  }

  private static int batchOfRequired(ModelRef ref, Signature signature) {
    int batch = 0;
    for (ModelInput input : signature.inputs()) {
      int its = input.optional() ? 0 : batch(input);
      if (its != 0 && batch != 0 && its != batch) {
        throw new ServingException(
            ErrorCode.LOAD_FAILED,
            ref
                + ": its inputs have fixed batches of "
                + batch
                + " and "
                + its
                + " rows; export it with a dynamic batch (dynamic_axes or dynamic_shapes)");
      }
      batch = Math.max(batch, its);
    }
    return batch;
  }

  /** Rows that each call must have; 0 when any number. A scalar is one row's. */
  private static int batch(ModelInput input) {
    return input.shape().isEmpty() ? 1 : (int) Math.max(0, input.shape().get(0));
  }

  /** Rows that each call for these must have; 0 when any number. */
  int fixedBatch(List<@Nullable InputRows> bound) {
    int batch = batchOfRequired;
    for (InputRows input : bound) {
      if (input != null && input.input().optional()) {
        batch = Math.max(batch, batch(input.input()));
      }
    }
    return batch;
  }

  /** Throws {@code INPUT_MISMATCH} when inputs of a row differ in a dimension that they share. */
  void checkSharedDimensions(List<@Nullable InputRows> bound, int row) {
    sharedDimensions.check(bound, row);
  }

  /** Rows that a trial takes. */
  int rowsToTry() {
    return Math.max(1, batchOfRequired);
  }

  /**
   * Throws {@code INPUT_MISMATCH} for a text with characters of four bytes, where an operator looks
   * into texts: ONNX Runtime's Java binding hands them over as pairs, which such an operator does
   * not know. Where they are replaced, with the same answer, they are taken.
   */
  void checkTexts(List<@Nullable InputRows> bound, Rows rows) {
    if (plainTexts.isEmpty()) {
      return;
    }
    for (InputRows input : bound) {
      if (input != null && plainTexts.contains(input.input().name())) {
        for (int row = 0; row < rows.count(); row++) {
          checkTexts(input, rows, row);
        }
      }
    }
  }

  private void checkTexts(InputRows input, Rows rows, int row) {
    String[] texts = new String[input.count(row)];
    input.write(texts, 0, row);
    for (String text : texts) {
      if (!PlainTexts.isPlain(text)) {
        String detail =
            "characters beyond U+FFFF, such as emoji, and U+0000 cannot be carried to the operators "
                + SomeNames.of(textOperators)
                + "; leave them out";
        throw new ServingException(
            ErrorCode.INPUT_MISMATCH,
            "the model does not take these rows: " + detail,
            List.of(new Violation(rows.pointer(row), detail)));
      }
    }
  }

  /** The tensors of one call; to be closed by the thread that made them. */
  static final class Tensors implements AutoCloseable {
    private final Map<String, OnnxTensor> byName;
    private final List<OnnxTensor> own;

    private Tensors(Map<String, OnnxTensor> byName, List<OnnxTensor> own) {
      this.byName = byName;
      this.own = own;
    }

    Map<String, OnnxTensor> byName() {
      return byName;
    }

    @Override
    public void close() {
      own.forEach(OnnxTensor::close);
    }
  }

  /** Throws {@link ServingException} when a value is none that its input takes. */
  Tensors tensors(List<@Nullable InputRows> bound, RowGroup group) throws OrtException {
    Tensors tensors = new Tensors(new HashMap<>(), new ArrayList<>(bound.size()));
    ByteBuffer memory = TensorWriter.memory(bound, group);
    try {
      for (int i = 0; i < bound.size(); i++) {
        String name = signature.inputs().get(i).name();
        InputRows input = bound.get(i);
        if (input != null) {
          boolean plain = replacedTexts.contains(name);
          OnnxTensor tensor = TensorWriter.tensor(environment, input, group, memory, plain);
          tensors.own.add(tensor);
          tensors.byName.put(name, tensor);
        } else if (defaults.get(name) != null) {
          tensors.byName.put(name, defaults.get(name));
        }
      }
      return tensors;
    } catch (RuntimeException | OrtException e) {
      tensors.close();
      throw e;
    }
  }

  @Override
  public void close() {
    defaults.values().forEach(OnnxTensor::close);
  }
}
