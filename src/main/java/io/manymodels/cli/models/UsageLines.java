package io.manymodels.cli.models;

import io.manymodels.json.Json;
import io.manymodels.json.ModelJson;
import io.manymodels.json.ModelsJson.Version;
import io.manymodels.json.SignatureJson;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The lines below a version that say what it takes and answers. Stateless. */
final class UsageLines {
  private static final int MAX_NAMES = 20;
  private static final int MAX_EXAMPLE = 200;

  private UsageLines() {}

  /** Each begins with a line break; nothing of what is not known. */
  static String of(Version version) {
    StringBuilder lines = new StringBuilder();
    ModelJson.@Nullable Use use = version.use();
    if (use != null) {
      add(lines, "inputs", use.inputs() == null ? null : inputs(use.inputs()));
      add(lines, "outputs", use.outputs() == null ? null : outputs(use.outputs()));
      add(lines, "missing", use.missing() == null ? null : Json.write(use.missing()));
      add(lines, "example", use.example() == null ? null : shortened(Json.write(use.example())));
    }
    add(lines, "inputs", version.note() == null ? null : "not known: " + version.note());
    return lines.toString();
  }

  private static void add(StringBuilder lines, String what, @Nullable String said) {
    if (said != null) {
      lines.append(String.format("\n      %-9s%s", what, said));
    }
  }

  private static String inputs(List<SignatureJson.Input> inputs) {
    return inputs.stream()
        .map(
            input ->
                input.name()
                    + " "
                    + input.datatype()
                    + " "
                    + input.shape()
                    + (isItself(input) ? "" : " (" + names(input.columns()) + ")")
                    + (input.optional() == null ? "" : " optional"))
        .collect(Collectors.joining(", "));
  }

  private static boolean isItself(SignatureJson.Input input) {
    return input.columns() == null || input.columns().equals(List.of(input.name()));
  }

  private static String outputs(List<SignatureJson.Output> outputs) {
    return outputs.stream()
        .map(
            output ->
                output.name()
                    + " "
                    + output.datatype()
                    + " "
                    + output.shape()
                    + (output.form() == null ? "" : " " + output.form())
                    + (output.classes() == null ? "" : " of " + names(output.classes())))
        .collect(Collectors.joining(", "));
  }

  private static String names(@Nullable List<String> names) {
    List<String> all = names == null ? List.of() : names;
    String shown = all.stream().limit(MAX_NAMES).collect(Collectors.joining(", "));
    int more = all.size() - MAX_NAMES;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }

  private static String shortened(String text) {
    return text.length() <= MAX_EXAMPLE ? text : text.substring(0, MAX_EXAMPLE) + "...";
  }
}
