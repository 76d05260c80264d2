package io.manymodels.cli.tools;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.tools.simulation.CsvTrace;
import io.manymodels.tools.simulation.Generator;
import io.manymodels.tools.simulation.MalformedTraceException;
import io.manymodels.tools.simulation.Trace;
import io.manymodels.tools.simulation.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The traces that {@code --trace} can name: files, and then generators. */
final class TraceSources {
  private static final String OPTION = "--trace";

  private TraceSources() {}

  /** Each makes its trace when asked, so that one trace is in memory at a time. */
  static List<Supplier<Trace>> of(List<String> names, Workload workload) {
    List<Supplier<Trace>> sources = new ArrayList<>();
    for (String name : names) {
      Optional<Path> file = existing(name);
      if (file.isPresent()) {
        sources.add(() -> read(file.get()));
        continue;
      }
      List<Generator> generators = Generator.named(name);
      if (generators.isEmpty()) {
        throw BadInputException.of(
            OPTION, name, "there is no such file; generated traces are " + Generator.NAMES);
      }
      generators.forEach(generator -> sources.add(() -> generator.make().apply(workload)));
    }
    return sources;
  }

  private static Optional<Path> existing(String name) {
    try {
      return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name)).filter(Files::exists);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Trace read(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw BadInputException.of(OPTION, file.toString(), "a folder; expected a file");
      }
      return CsvTrace.read(file);
    } catch (MalformedTraceException e) {
      throw new BadInputException(OPTION + " " + e.getMessage());
    } catch (IOException e) {
      throw BadInputException.of(OPTION, file.toString(), "cannot be read: " + e.getMessage());
    }
  }
}
