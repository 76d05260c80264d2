package io.manymodels.cli.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.cli.Main;
import io.manymodels.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulateCommandTest {
  @TempDir private Path folder;

  private record Result(int exitCode, String out, String err) {
    List<JsonNode> objects() throws Exception {
      List<JsonNode> objects = new ArrayList<>();
      for (String line : out.split("\n", -1)) {
        if (!line.isEmpty()) {
          objects.add(Json.mapper().readTree(line));
        }
      }
      return objects;
    }
  }

  private static Result run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
    return new Result(exitCode, out.toString(), err.toString());
  }

  private static Result simulate(String arguments) {
    return run(("simulate " + arguments).split(" ", -1));
  }

  private static void assertWrongUse(Result result, String... parts) {
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("many-models: ")
        .contains(parts)
        .endsWith(" (see: many-models simulate --help)\n")
        .containsOnlyOnce("\n");
  }

  @Test
  void jsonIsOneObjectAPolicyAndNothingElse() throws Exception {
    Path file = folder.resolve("t.csv");
    Files.writeString(file, "0,a\n1,b\n2,a\n3,c\n4,a\n");
    Result result = simulate("--trace " + file + " --policy lru,static --capacity 2 --json");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .isEqualTo(
            """
            {"policy":"lru","requests":5,"hits":2,"hit_ratio":0.4,"promotions":3,"evictions":1}
            {"policy":"static","requests":5,"hits":4,"hit_ratio":0.8,"promotions":2,"evictions":0}
            """);
  }

  @Test
  void ofSeveralTracesEachLineNamesItsOwnFirst() throws Exception {
    Result result =
        simulate("--trace all --trace loop --capacity 5 --requests 500 --tenants 20 --json");
    List<JsonNode> objects = result.objects();
    assertThat(objects).hasSizeGreaterThanOrEqualTo(9 * 4);
    assertThat(objects.get(0).fieldNames().next()).isEqualTo("trace");
    assertThat(objects.stream().map(line -> line.get("trace").asText()).distinct())
        .containsExactly(
            "zipf:0.6", "zipf:0.8", "zipf:1.0", "zipf:1.2", "scan", "loop", "shift", "burst");
  }

  @Test
  void theSameSeedPrintsTheSame() {
    String command = "--trace zipf:1.0 --capacity 30 --requests 20000 --json --seed ";
    assertThat(simulate(command + "4")).isEqualTo(simulate(command + "4"));
    assertThat(simulate(command + "4").out()).isNotEqualTo(simulate(command + "-5").out());
  }

  @Test
  void deploymentsTimesPlacesIsPlaces() {
    String command = "--trace zipf:1.0 --requests 5000 --policy lru,belady --json --capacity ";
    assertThat(simulate(command + "10x3")).isEqualTo(simulate(command + "30"));
  }

  @Test
  void aFileThatExistsIsMeantBeforeAGenerator() throws Exception {
    Path file = folder.resolve("zipf:1.0");
    Files.writeString(file, "0,a\n");
    Result result = simulate("--trace " + file + " --policy lru --capacity 1 --json");
    assertThat(result.out()).contains("\"requests\":1,");
  }

  @Test
  void theTableHasALineAndABarAPolicy() throws Exception {
    Path file = folder.resolve("t.csv");
    Files.writeString(file, "0,a\n1,b\n2,a\n3,c\n4,a\n");
    Result result =
        simulate("--trace " + file + " --policy lru,belady --capacity 1x2 --load-ms 500");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            file
                + """
                : 5 requests, 3 tenants, 2 places
                policy     hit ratio of belady promotions   steady  evictions    load s
                lru           0.4000   100.0 %          3   33.3 %          1       1.5
                belady        0.4000   100.0 %          2    0.0 %          0       1.0

                lru        ####################.............................. 0.4000
                belady     ####################.............................. 0.4000
                """);
  }

  @Test
  void withoutBeladyThereIsNoShareOfIt() {
    assertThat(simulate("--trace loop --requests 9 --policy lru --capacity 1").out())
        .contains("lru           0.0000         -          9");
  }

  @Test
  void svgIsXml() throws Exception {
    Path trace = folder.resolve("a<&b.csv");
    Files.writeString(trace, "0,a\n");
    Path svg = folder.resolve("chart.svg");
    Result result = simulate("--trace " + trace + " --capacity 1 --svg " + svg);
    assertThat(result.exitCode()).isZero();
    var document =
        javax.xml.parsers.DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(svg.toFile());
    assertThat(document.getDocumentElement().getTextContent()).contains("a<&b.csv", "belady");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --capacity 0                  | --capacity '0': expected PLACES or DEPLOYMENTSxPLACES
          --capacity 10001x1            | --capacity '10001x1': expected PLACES or DEPLOYMENTSxPLACES
          --capacity -3                 | --capacity '-3': expected PLACES
          --capacity 0x3                | --capacity '0x3': expected PLACES
          --capacity 3x                 | --capacity '3x': expected PLACES
          --capacity many               | --capacity 'many': expected PLACES
          --capacity 2147483648         | in all 1..2147483647
          --capacity 65536x65536        | in all 1..2147483647
          --capacity 3 --capacity 4     | '--capacity' (C) should be specified only once
          --capacity 3 --policy best    | --policy 'best': expected some of
          --capacity 3 --policy lru,lru | --policy 'lru': named twice
          --capacity 3 --policy lru,    | --policy '': expected some of
          --capacity 3 --trace nothere  | --trace 'nothere': there is no such file; generated traces are zipf:
          --capacity 3 --seed one       | --seed 'one': expected a whole number
          --capacity 3 --tenants 0      | --tenants '0': expected a whole number in 1..10000000
          --capacity 3 --requests 1e5   | --requests '1e5': expected a whole number in 1..1000000000
          --capacity 3 --rate -1        | --rate '-1': expected a whole number in 1..1000000
          --capacity 3 --load-ms -1     | --load-ms '-1': expected a number in 0..999999999
          --capacity 3 --load-ms NaN    | --load-ms 'NaN': expected a number
          --capacity 3 --fast           | Unknown option: '--fast'
          --capacity 3 more             | Unmatched argument at index 5: 'more'
          --json                        | Missing required option: '--capacity=C'
          --capacity                    | Missing required parameter for option '--capacity'
          """)
  void wrongUseIsOneLineAndExitCode2(String arguments, String message) {
    assertWrongUse(simulate("--trace loop " + arguments), message);
  }

  @Test
  void aMalformedLineIsNamedAndNothingIsPrintedOfOtherTraces() throws Exception {
    Path file = folder.resolve("t.csv");
    Files.writeString(file, "0,a\n1;b\n");
    Result result = simulate("--trace loop --requests 9 --trace " + file + " --capacity 3 --json");
    assertWrongUse(result, "--trace " + file + ":2: '1;b' has no comma; expected millis,tenant");
  }

  @Test
  void whatCannotBeReadOrWrittenIsNamed() {
    assertWrongUse(
        simulate("--capacity 1 --trace " + folder), "--trace '" + folder + "': a folder");
    Path nowhere = folder.resolve("no/chart.svg");
    assertWrongUse(
        simulate("--trace loop --requests 9 --capacity 1 --svg " + nowhere),
        "--svg '" + nowhere + "': cannot be written");
    assertWrongUse(run("simulate", "--trace", "a\nb\0", "--capacity", "1"), "--trace 'a b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "--nonsense"})
  void withoutACommandIsWrongUse(String arguments) {
    Result result = arguments.isEmpty() ? run() : run(arguments);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("many-models: ").containsOnlyOnce("\n");
  }

  @Test
  void helpIsOnStdout() {
    Result result = simulate("--help");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: many-models simulate").contains("--load-ms");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void whatDoesNotFitInMemoryIsOneLineAndExitCode1() {
    Result result = simulate("--trace loop --requests 1000000000 --capacity 1 --policy lru");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("many-models: the memory").containsOnlyOnce("\n");
  }
}
