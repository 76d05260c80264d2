package io.manymodels.protocol.v2;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model's configuration in Triton's form, as far as clients look at it: perf_analyzer reads it
 * before it starts. Source: triton-inference-server/common, protobuf/model_config.proto.
 *
 * @param backend what runs it; of another format than ONNX, that format
 * @param maxBatchSize the most rows of a request; 0 when the first dimension of an input or output
 *     does not count rows of any number. Else shapes are without it
 */
public record ModelConfig(
    String name,
    String platform,
    String backend,
    VersionPolicy versionPolicy,
    int maxBatchSize,
    List<Tensor> input,
    List<Tensor> output,
    TransactionPolicy modelTransactionPolicy) {

  /** Which versions answer: the live one. */
  public record VersionPolicy(Specific specific) {}

  /** The numbers of versions. */
  public record Specific(List<Long> versions) {}

  /** Whether one request may have several answers. */
  public record TransactionPolicy(boolean decoupled) {}

  /**
   * An input or output.
   *
   * @param dims never empty: one value a row is one column that is reshaped to none
   * @param reshape null where the model has the dimensions that a client sends
   * @param optional true when it may be left out; else null
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Tensor(
      String name,
      String dataType,
      List<Long> dims,
      @Nullable Reshape reshape,
      @Nullable Boolean optional) {}

  /** The shape that the model itself has. */
  public record Reshape(List<Long> shape) {}

  /**
   * The configuration of a model.
   *
   * @param maxRows of a request
   */
  public static ModelConfig of(Described described, int maxRows) {
    Optional<Signature> signature = described.artifact().usage().signature();
    boolean batched = signature.filter(ModelConfig::isBatched).isPresent();
    List<Tensor> input = new ArrayList<>();
    List<Tensor> output = new ArrayList<>();
    signature.ifPresent(
        its -> {
          for (ModelInput each : its.inputs()) {
            boolean optional = each.optional();
            input.add(tensor(each.name(), each.datatype(), each.shape(), batched, optional));
          }
          for (ModelOutput each : V2Documents.tensors(its)) {
            output.add(tensor(each.name(), each.datatype(), each.shape(), batched, false));
          }
        });
    String platform = V2Documents.platform(described);
    return new ModelConfig(
        described.artifact().ref().tenant().value(),
        platform,
        platform.equals("onnxruntime_onnx") ? "onnxruntime" : platform,
        new VersionPolicy(new Specific(List.of(described.artifact().ref().version().number()))),
        batched ? maxRows : 0,
        input,
        output,
        new TransactionPolicy(false));
  }

  private static boolean isBatched(Signature signature) {
    return signature.inputs().stream().allMatch(input -> hasRows(input.shape()))
        && V2Documents.tensors(signature).stream().allMatch(output -> hasRows(output.shape()));
  }

  private static boolean hasRows(List<Long> shape) {
    return !shape.isEmpty() && shape.get(0) == Signature.FREE;
  }

  private static Tensor tensor(
      String name, Datatype datatype, List<Long> shape, boolean batched, boolean optional) {
    List<Long> dims = batched ? shape.subList(1, shape.size()) : shape;
    boolean none = dims.isEmpty();
    return new Tensor(
        name,
        dataType(datatype),
        none ? List.of(1L) : List.copyOf(dims),
        none ? new Reshape(List.of()) : null,
        optional ? true : null);
  }

  private static String dataType(Datatype datatype) {
    return datatype == Datatype.BYTES ? "TYPE_STRING" : "TYPE_" + datatype.name();
  }
}
