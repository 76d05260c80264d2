package io.manymodels.tensor;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a model takes and what it answers, in the model's own order.
 *
 * @param inputs at least one
 * @param outputs at least one
 */
public record Signature(List<ModelInput> inputs, List<ModelOutput> outputs) {
  /** A dimension of any size. */
  public static final long FREE = -1;

  private static final int MAX_RANK = 16;

  /** Throws {@link IllegalArgumentException} when a name is there twice or a side has nothing. */
  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    if (inputs.isEmpty() || outputs.isEmpty()) {
      throw new IllegalArgumentException(
          inputs.isEmpty() ? "the model takes no input" : "the model has no output");
    }
    requireDistinct("input", inputs.stream().map(ModelInput::name).toList());
    requireDistinct("output", outputs.stream().map(ModelOutput::name).toList());
    requireDistinct("column", columns(inputs));
  }

  private static List<String> columns(List<ModelInput> inputs) {
    List<String> names = new ArrayList<>();
    for (ModelInput input : inputs) {
      names.addAll(input.columns().isEmpty() ? List.of(input.name()) : input.columns());
    }
    return names;
  }

  /** The columns of all inputs in their order; an input whose columns have no names is one. */
  public List<String> columns() {
    return columns(inputs);
  }

  /** Of a model that takes one matrix of numbers and answers one number, or class, a row. */
  public static Signature ofMatrix(int width) {
    return new Signature(
        List.of(new ModelInput("data", Datatype.FP64, List.of(FREE, (long) width))),
        List.of(new ModelOutput("prediction", Datatype.FP64, List.of(FREE))));
  }

  /** The input of this name. */
  public Optional<ModelInput> input(String name) {
    return inputs.stream().filter(input -> input.name().equals(name)).findFirst();
  }

  /** The same signature with matrices as wide as another says, where they may be as wide. */
  public Signature asWideAs(Signature other) {
    return new Signature(
        inputs.stream()
            .map(
                input ->
                    other.input(input.name()).map(its -> input.asWideAs(its.width())).orElse(input))
            .toList(),
        outputs);
  }

  /** The same signature with the only input, if it is but one, as wide as rows by position are. */
  public Signature asWideAs(Rows rows) {
    return inputs.size() == 1 && rows.form() == Rows.Form.DATA
        ? new Signature(List.of(inputs.get(0).asWideAs(rows.blocks().get(0).width())), outputs)
        : this;
  }

  static void checkShape(String name, List<Long> shape) {
    if (shape.size() > MAX_RANK) {
      throw new IllegalArgumentException(
          "'" + name + "' has " + shape.size() + " dimensions; at most " + MAX_RANK + " are taken");
    }
    for (long dimension : shape) {
      if (dimension < FREE || dimension > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("'" + name + "' has a dimension of " + dimension);
      }
    }
  }

  private static void requireDistinct(String what, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException("the " + what + " '" + name + "' is there twice");
      }
    }
  }
}
