package io.manymodels.tensor;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a publisher says of a model whose file does not: the names of its columns, and what stands
 * for a missing value.
 *
 * @param columns by input, the names of its columns; under {@link #ONLY_MATRIX} those of the only
 *     input that takes several columns
 * @param suggested names that are taken for the columns of the only input that takes several, when
 *     they are as many: those of an example, or of the tool that made the model
 * @param missing by column, as {@link ModelInput#missing}
 */
public record Naming(
    Map<String, List<String>> columns, List<String> suggested, Map<String, String> missing) {
  /** Stands for the name of the only input that takes several columns. */
  public static final String ONLY_MATRIX = "";

  /** Says nothing. */
  public static final Naming NONE = new Naming(Map.of(), List.of(), Map.of());

  public Naming {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    columns.forEach((input, names) -> copy.put(input, List.copyOf(names)));
    columns = Map.copyOf(copy);
    suggested = List.copyOf(suggested);
    missing = Map.copyOf(missing);
  }

  /** Names that are taken when they fit. */
  public static Naming suggesting(List<String> names) {
    return new Naming(Map.of(), names, Map.of());
  }

  /** The same, with these suggested where nothing is suggested yet. */
  public Naming orSuggesting(List<String> names) {
    return suggested.isEmpty() ? new Naming(columns, names, missing) : this;
  }

  /** The names and substitutes that a signature has. */
  public static Naming of(Signature signature) {
    Map<String, List<String>> columns = new LinkedHashMap<>();
    Map<String, String> missing = new LinkedHashMap<>();
    for (ModelInput input : signature.inputs()) {
      if (!input.columns().isEmpty()) {
        columns.put(input.name(), input.columns());
      }
      missing.putAll(input.missing());
    }
    return new Naming(columns, List.of(), missing);
  }

  /** Whether it states something that a signature must have a place for. */
  public boolean states() {
    return !columns.isEmpty() || !missing.isEmpty();
  }

  /**
   * The signature with these names and substitutes.
   *
   * @throws IllegalArgumentException with one line that says what the model has instead
   */
  public Signature on(Signature read) {
    if (equals(NONE)) {
      return read;
    }
    Map<String, List<String>> names = named(read);
    List<ModelInput> inputs = new ArrayList<>();
    for (ModelInput input : read.inputs()) {
      List<String> own = names.getOrDefault(input.name(), input.columns());
      inputs.add(withMissing(own.isEmpty() ? input : input.withColumns(own)));
    }
    requireOneOfEach(inputs);
    requireKnown(inputs);
    return new Signature(inputs, read.outputs());
  }

  private Map<String, List<String>> named(Signature read) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    columns.forEach(
        (input, own) -> {
          ModelInput whose = input.equals(ONLY_MATRIX) ? onlyMatrix(read) : required(read, input);
          if (names.put(whose.name(), own) != null) {
            throw new IllegalArgumentException(
                "the columns of input '" + whose.name() + "' are named twice");
          }
        });
    List<ModelInput> unnamed =
        wide(read).stream()
            .filter(input -> input.columns().isEmpty() && !names.containsKey(input.name()))
            .toList();
    if (unnamed.size() == 1) {
      List<String> own = fitting(read, unnamed.get(0));
      if (!own.isEmpty()) {
        names.put(unnamed.get(0).name(), own);
      }
    }
    return names;
  }

  /** The suggested names without those of other inputs, when they are as many as the columns. */
  private List<String> fitting(Signature read, ModelInput matrix) {
    List<String> own = new ArrayList<>(suggested);
    for (ModelInput input : read.inputs()) {
      if (!input.equals(matrix)) {
        own.removeAll(input.columnNames());
      }
    }
    boolean fits =
        matrix.takesColumns(own.size())
            && !own.contains(matrix.name())
            && new HashSet<>(own).size() == own.size();
    return fits ? List.copyOf(own) : List.of();
  }

  private static ModelInput onlyMatrix(Signature read) {
    List<ModelInput> wide = wide(read);
    if (wide.size() != 1) {
      throw new IllegalArgumentException(
          wide.isEmpty()
              ? "no input of the model takes several columns; it takes " + shown(read.inputs())
              : "several inputs take several columns; name each, as "
                  + wide.get(0).name()
                  + "=a,b,c");
    }
    return wide.get(0);
  }

  private static ModelInput required(Signature read, String name) {
    return read.input(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the model has no input '" + name + "'; it takes " + shown(read.inputs())));
  }

  private static List<ModelInput> wide(Signature read) {
    return read.inputs().stream()
        .filter(input -> input.shape().size() == 2 && (input.width() != 1 || input.orWider()))
        .toList();
  }

  private ModelInput withMissing(ModelInput input) {
    Map<String, String> own = new LinkedHashMap<>(input.missing());
    for (String column : input.columnNames()) {
      String substitute = missing.get(column);
      if (substitute != null) {
        input.datatype().requireSubstitute(column, substitute);
        own.put(column, substitute);
      }
    }
    return input.withMissing(own);
  }

  private static void requireOneOfEach(List<ModelInput> inputs) {
    Set<String> seen = new HashSet<>();
    for (ModelInput input : inputs) {
      for (String column : input.columnNames()) {
        if (!seen.add(column)) {
          throw new IllegalArgumentException("two inputs have a column '" + column + "'");
        }
      }
    }
  }

  private void requireKnown(List<ModelInput> inputs) {
    Set<String> known = new TreeSet<>();
    inputs.forEach(input -> known.addAll(input.columnNames()));
    for (String column : missing.keySet()) {
      if (!known.contains(column)) {
        throw new IllegalArgumentException(
            "the model has no column '" + column + "'; its columns are " + SomeNames.of(known));
      }
    }
  }

  private static String shown(List<ModelInput> inputs) {
    return SomeNames.of(inputs.stream().map(ModelInput::name).toList());
  }
}
