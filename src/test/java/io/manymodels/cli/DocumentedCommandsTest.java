package io.manymodels.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.manymodels.config.Environment;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The command lines in the pages are such as the commands on the JVM take. */
class DocumentedCommandsTest {
  /**
   * Those that the launcher hands on as they are, and those of the jar, also within a container.
   */
  private static final Pattern COMMAND =
      Pattern.compile(
          "^ *(?:(?:[A-Z_]+=\\S+ )*\\./many-models|(?:\\S+ )*java -jar \\S*many-models\\.jar)"
              + " ((?:models|callers|simulate|fleet|score|serve)\\b[^#|\\n]*)",
          Pattern.MULTILINE);

  /** What the launcher takes for itself. */
  private static final Pattern OF_THE_LAUNCHER = Pattern.compile("--instance[= ]\\S+");

  /** What stands for a number on a page. */
  private static final Pattern A_NUMBER = Pattern.compile("\\b(N|VERSION)\\b");

  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

  private static Stream<String> lines() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
    for (String folder : new String[] {"docs", "deploy", "iac", "bench"}) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    List<String> lines = new ArrayList<>();
    for (Path page : pages) {
      // A line that goes on in the next one.
      Matcher found = COMMAND.matcher(Files.readString(page).replaceAll("\\\\\\n\\s*", ""));
      found.results().map(line -> line.group(1).strip()).forEach(lines::add);
    }
    return lines.stream().distinct();
  }

  @Test
  void thereAreSuchLines() throws IOException {
    assertThat(lines()).hasSizeGreaterThan(10);
  }

  @ParameterizedTest
  @MethodSource("lines")
  void theLineIsTaken(String line) {
    CommandLine commands =
        Main.commands(
            Environment.empty(),
            new PrintWriter(new StringWriter()),
            new PrintWriter(new StringWriter()));
    assertThatCode(() -> commands.parseArgs(words(line))).doesNotThrowAnyException();
  }

  /** The words of a line, with its optional parts, and with numbers where a page says N. */
  private static String[] words(String line) {
    String whole = A_NUMBER.matcher(line.replaceAll("[\\[\\]]", "")).replaceAll("7");
    String all = OF_THE_LAUNCHER.matcher(whole).replaceAll("");
    return WORD.matcher(all)
        .results()
        .map(
            word ->
                word.group(1) != null
                    ? word.group(1)
                    : word.group(2) != null ? word.group(2) : word.group(3))
        .toArray(String[]::new);
  }
}
