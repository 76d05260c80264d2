package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.tensor.Naming;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a publisher says of a model on the command line. */
final class UsageOptions {
  @Option(
      names = "--example",
      paramLabel = "FILE",
      description =
          "Rows that the model answers, as JSON of a request or an input example of MLflow: the"
              + " trial row of every load.")
  private @Nullable String example;

  @Option(
      names = "--columns",
      paramLabel = "[INPUT=]A,B,C",
      description =
          "The names of a wide input's columns, in their order; with the input's name when there"
              + " are several.")
  private List<String> columns = new ArrayList<>();

  @Option(
      names = "--missing",
      paramLabel = "COLUMN=VALUE",
      description =
          "What stands for a missing value in a column of strings, whole numbers or booleans.")
  private List<String> missing = new ArrayList<>();

  /** Reads what is given. Throws {@link BadInputException} naming the option that is wrong. */
  StatedUsage read() {
    return new StatedUsage(
        new Naming(columns(), List.of(), missing()),
        Optional.ofNullable(example)
            .map(file -> ExampleFile.read("--example", ModelFile.path("--example", file))));
  }

  private Map<String, List<String>> columns() {
    Map<String, List<String>> byInput = new LinkedHashMap<>();
    for (String said : columns) {
      int comma = said.indexOf(',');
      int equals = said.indexOf('=');
      boolean named = equals > 0 && (comma < 0 || equals < comma);
      List<String> names = Arrays.asList(said.substring(named ? equals + 1 : 0).split(",", -1));
      if (names.stream().anyMatch(String::isEmpty)) {
        throw BadInputException.of(
            "--columns", said, "expected names as a,b,c or, with the name of an input, x=a,b,c");
      }
      if (byInput.put(named ? said.substring(0, equals) : Naming.ONLY_MATRIX, names) != null) {
        throw BadInputException.of("--columns", said, "the columns of this input are named twice");
      }
    }
    return byInput;
  }

  private Map<String, String> missing() {
    Map<String, String> byColumn = new LinkedHashMap<>();
    for (String said : missing) {
      int equals = said.indexOf('=');
      if (equals < 1) {
        throw BadInputException.of(
            "--missing", said, "expected a column and its value, as plan=unknown or seats=0");
      }
      if (byColumn.put(said.substring(0, equals), said.substring(equals + 1)) != null) {
        throw BadInputException.of("--missing", said, "this column is there twice");
      }
    }
    return byColumn;
  }
}
