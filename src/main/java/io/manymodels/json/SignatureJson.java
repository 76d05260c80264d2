package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.ModelOutput.Form;
import io.manymodels.tensor.Signature;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The inputs and outputs of a model as JSON: docs/http-api.md, {@code GET /models/{tenant}}. */
public final class SignatureJson {

  private SignatureJson() {}

  /**
   * An input.
   *
   * @param datatype by the names of the Open Inference Protocol V2
   * @param shape where -1 is any size
   * @param columns the names of its columns; null when they have none
   * @param optional true when it may be left out
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Input(
      String name,
      Datatype datatype,
      List<Long> shape,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable List<String> columns,
      @Nullable Boolean optional) {
    public Input {
      Objects.requireNonNull(name, "key 'name': missing");
      Objects.requireNonNull(datatype, "key 'datatype': missing");
      shape = List.copyOf(Objects.requireNonNull(shape, "key 'shape': missing"));
      columns = columns == null ? null : List.copyOf(columns);
    }

    static Input of(ModelInput input) {
      boolean named = !input.columns().isEmpty() || isOneColumn(input.shape());
      return new Input(
          input.name(),
          input.datatype(),
          input.shape(),
          named ? input.columnNames() : null,
          input.optional() ? true : null);
    }

    private ModelInput toInput() {
      boolean itself = columns != null && columns.equals(List.of(name)) && isOneColumn(shape);
      return new ModelInput(
          name,
          datatype,
          shape,
          columns == null || itself ? List.of() : columns,
          Map.of(),
          Boolean.TRUE.equals(optional));
    }

    private static boolean isOneColumn(List<Long> shape) {
      return shape.size() < 2 || (shape.size() == 2 && shape.get(1) == 1);
    }
  }

  /**
   * An output.
   *
   * @param classes what its columns stand for; null when the model does not say so
   * @param form {@code maps}, {@code map} or {@code sequence}; left out of a tensor
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Output(
      String name,
      Datatype datatype,
      List<Long> shape,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable List<String> classes,
      @Nullable String form) {
    public Output {
      Objects.requireNonNull(name, "key 'name': missing");
      Objects.requireNonNull(datatype, "key 'datatype': missing");
      shape = List.copyOf(Objects.requireNonNull(shape, "key 'shape': missing"));
      classes = classes == null ? null : List.copyOf(classes);
    }

    static Output of(ModelOutput output) {
      return new Output(
          output.name(),
          output.datatype(),
          output.shape(),
          output.classes().isEmpty() ? null : output.classes(),
          output.form() == Form.TENSOR ? null : output.form().name().toLowerCase(Locale.ROOT));
    }

    private ModelOutput toOutput() {
      return new ModelOutput(
          name, toForm(), datatype, shape, classes == null ? List.of() : classes);
    }

    private Form toForm() {
      if (form == null) {
        return Form.TENSOR;
      }
      return switch (form) {
        case "maps" -> Form.MAPS;
        case "map" -> Form.MAP;
        case "sequence" -> Form.SEQUENCE;
        default ->
            throw new IllegalArgumentException(
                "key 'form': expected maps, map or sequence, got " + JsonComplaint.quoted(form));
      };
    }
  }

  /** The inputs in the model's order. */
  public static List<Input> inputs(Signature signature) {
    return signature.inputs().stream().map(Input::of).toList();
  }

  /** The outputs in the model's order. */
  public static List<Output> outputs(Signature signature) {
    return signature.outputs().stream().map(Output::of).toList();
  }

  /** What stands for missing values, by column; null when nothing does. */
  public static @Nullable SortedMap<String, JsonNode> missing(Signature signature) {
    SortedMap<String, JsonNode> missing = new TreeMap<>();
    for (ModelInput input : signature.inputs()) {
      input
          .missing()
          .forEach((column, text) -> missing.put(column, substitute(input.datatype(), text)));
    }
    return missing.isEmpty() ? null : missing;
  }

  private static JsonNode substitute(Datatype datatype, String text) {
    return datatype == Datatype.BYTES ? TextNode.valueOf(text) : Json.read(text, JsonNode.class);
  }

  /** Throws {@link IllegalArgumentException} with what is wrong in one line. */
  static Signature read(List<Input> inputs, List<Output> outputs) {
    return new Signature(
        inputs.stream().map(Input::toInput).toList(),
        outputs.stream().map(Output::toOutput).toList());
  }
}
