package io.manymodels.protocol.v2;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Signature;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the server, its models and its repository are, as this protocol tells it. Stateless. */
public final class V2Documents {
  private static final String NAME = "many-models";
  private static final List<String> EXTENSIONS =
      List.of(
          "binary_tensor_data",
          "classification",
          "model_configuration",
          "model_repository",
          "parameters",
          "statistics");

  private V2Documents() {}

  /** The server. */
  public record Server(String name, String version, List<String> extensions) {}

  /**
   * One input or output.
   *
   * @param shape with the rows first; -1 is any size
   */
  public record Tensor(String name, Datatype datatype, List<Long> shape) {}

  /**
   * The live version of a model.
   *
   * @param versions those that answer, which is one
   * @param properties {@code note} says why inputs and outputs are not known; null when they are
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Model(
      String name,
      List<String> versions,
      String platform,
      List<Tensor> inputs,
      List<Tensor> outputs,
      @Nullable Map<String, String> properties) {}

  /** A model in the list of all. */
  public record Indexed(String name, String version, String state, String reason) {}

  /** This server. */
  public static Server server() {
    @Nullable String version = V2Documents.class.getPackage().getImplementationVersion();
    return new Server(NAME, version == null ? "development" : version, EXTENSIONS);
  }

  /** A model. An output that is a list is left out: this protocol has no such value. */
  public static Model model(Described described) {
    Optional<Signature> signature = described.artifact().usage().signature();
    return new Model(
        described.artifact().ref().tenant().value(),
        List.of(described.artifact().ref().version().toString()),
        platform(described),
        signature.map(V2Documents::inputs).orElse(List.of()),
        signature.map(V2Documents::outputs).orElse(List.of()),
        described.note().map(note -> Map.of("note", note)).orElse(null));
  }

  /** The name that Triton has for models of ONNX; of another format, its own. */
  static String platform(Described described) {
    String format = described.artifact().format();
    return format.equals("onnx") ? "onnxruntime_onnx" : format;
  }

  private static List<Tensor> inputs(Signature signature) {
    return signature.inputs().stream().map(V2Documents::tensor).toList();
  }

  private static Tensor tensor(ModelInput input) {
    return new Tensor(input.name(), input.datatype(), input.shape());
  }

  private static List<Tensor> outputs(Signature signature) {
    return tensors(signature).stream()
        .map(output -> new Tensor(output.name(), output.datatype(), output.shape()))
        .toList();
  }

  /** The outputs that are tensors, or maps, whose values are answered as one. */
  static List<ModelOutput> tensors(Signature signature) {
    return signature.outputs().stream()
        .filter(output -> output.form() != ModelOutput.Form.SEQUENCE)
        .toList();
  }
}
