package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.SomeNames;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The outputs of one model, by the names that its session has for them. Immutable. */
final class SessionOutputs {
  private final ModelRef ref;
  private final Signature signature;
  private final Map<String, Cells> keys;
  private final Chosen first;
  private final Chosen everything;

  SessionOutputs(ModelRef ref, Signature signature, Map<String, Cells> keys) {
    this.ref = ref;
    this.signature = signature;
    this.keys = keys;
    this.first = chosen(List.of());
    this.everything = chosen(names());
  }

  /**
   * What one request wants.
   *
   * @param computed what ONNX Runtime is asked for: the first output, and the named ones
   * @param first output of the model
   * @param named those that are answered by name
   */
  record Chosen(Set<String> computed, Wanted first, List<Wanted> named) {}

  /**
   * An output of one call.
   *
   * @param datatype of its elements in the model
   * @param position among those that were computed
   * @param keys of a map that the session answers as a tensor
   * @param unsigned the datatype, where the session answers with a signed one
   */
  record Wanted(
      String name,
      Datatype datatype,
      int position,
      @Nullable Cells keys,
      @Nullable Datatype unsigned) {}

  /** Throws {@code INPUT_MISMATCH} when there is no output of a name. */
  Chosen choose(Outputs outputs) {
    if (!outputs.byName()) {
      return first;
    }
    if (outputs.all()) {
      return everything;
    }
    List<String> all = names();
    List<String> unknown = outputs.names().stream().filter(name -> !all.contains(name)).toList();
    if (!unknown.isEmpty()) {
      String detail =
          "unknown: " + SomeNames.of(unknown) + "; the model has the outputs " + SomeNames.of(all);
      throw new ServingException(
          ErrorCode.INPUT_MISMATCH,
          "the model has not all of these outputs: " + detail,
          List.of(new Violation("/outputs", detail)));
    }
    return chosen(all.stream().filter(outputs::wants).toList());
  }

  private List<String> names() {
    return signature.outputs().stream().map(ModelOutput::name).toList();
  }

  private Chosen chosen(List<String> names) {
    Set<String> computed = new LinkedHashSet<>();
    computed.add(firstName());
    computed.addAll(names);
    List<String> positions = List.copyOf(computed);
    return new Chosen(
        computed,
        wanted(firstName(), positions),
        names.stream().map(name -> wanted(name, positions)).toList());
  }

  private Wanted wanted(String name, List<String> positions) {
    ModelOutput output = declared(name);
    @Nullable Datatype unsigned = UnsignedOutputs.has(output.datatype()) ? output.datatype() : null;
    return new Wanted(name, output.datatype(), positions.indexOf(name), keys.get(name), unsigned);
  }

  private ModelOutput declared(String name) {
    return signature.outputs().stream()
        .filter(output -> output.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no output '" + name + "'"));
  }

  /** The name of the first output in the signature. */
  private String firstName() {
    return signature.outputs().get(0).name();
  }

  /** The value of an output. Throws {@code LOAD_FAILED} when it is of a type that is not served. */
  OutputValue read(Wanted output, OrtSession.Result result) throws OrtException {
    try {
      OutputValue value = TensorReader.read(result.get(output.position()));
      return byClass(
          output, output.unsigned() == null ? value : UnsignedOutputs.of(value, output.unsigned()));
    } catch (IllegalArgumentException e) {
      throw unfit(output.name(), "is " + e.getMessage() + ", which cannot be answered");
    }
  }

  private OutputValue byClass(Wanted output, OutputValue value) {
    @Nullable Cells itsKeys = output.keys();
    if (itsKeys == null || !(value instanceof OutputValue.Tensor tensor)) {
      return value;
    }
    int[] shape = tensor.shape();
    if (shape.length == 0 || shape[shape.length - 1] != itsKeys.size()) {
      throw unfit(output.name(), "has not a column for each of its " + itsKeys.size() + " classes");
    }
    return shape.length == 1
        ? new OutputValue.Entries(itsKeys, tensor.cells())
        : new OutputValue.ByClass(itsKeys, tensor.cells());
  }

  /** {@code INPUT_MISMATCH}: rows that are asked in pieces have no such output together. */
  ServingException notByRow(String name, int batch) {
    String detail =
        "the output "
            + SomeNames.quoted(name)
            + " has not an entry for each row, and the model was not asked for all rows at once;"
            + " send "
            + (batch == 1 ? "one row" : batch + " rows of one shape");
    return new ServingException(
        ErrorCode.INPUT_MISMATCH, ref + ": " + detail, List.of(new Violation("/outputs", detail)));
  }

  ServingException unfit(String name, String why) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, ref + ": the output " + SomeNames.quoted(name) + " " + why);
  }
}
