package io.manymodels.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.manymodels.adapter.onnx.WeightFormula;
import io.manymodels.config.Setting;
import io.manymodels.config.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pages say of settings, metrics and weights what the code says. After a change: {@code mvn
 * test -Dtest=ReferencePageTest -Dmm.writeReference=true}.
 */
class ReferencePageTest {
  private static final Path PAGE = Path.of("docs/reference.md");

  /** What the Python parts know of the settings. */
  private static final Path VARIABLES = Path.of("src/main/python/manymodels/variables.json");

  private static final Pattern METRIC = Pattern.compile("\\bmms_\\w*[a-z]\\b");
  private static final Pattern HISTOGRAM_PART = Pattern.compile("_(bucket|count|sum)$");

  @Test
  void thePageIsWhatTheCodeSays() throws IOException {
    assertUpToDate(PAGE, ReferencePage.write());
  }

  @Test
  void pythonKnowsTheSameVariables() throws IOException {
    StringBuilder text = new StringBuilder();
    ObjectMapper json = new ObjectMapper();
    for (Setting setting : Setting.values()) {
      text.append(text.isEmpty() ? "[\n  " : ",\n  ").append(json.writeValueAsString(of(setting)));
    }
    assertUpToDate(VARIABLES, text.append("\n]\n").toString());
  }

  private static Map<String, Object> of(Setting setting) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", setting.variable());
    setting.fileVariable().ifPresent(file -> all.put("file", file));
    setting.byDefault().ifPresent(value -> all.put("default", value));
    if (setting.isSecret()) {
      all.put("secret", true);
    }
    all.put("allowed", setting.takes().allowed());
    if (setting.takes() instanceof Values.Whole numbers) {
      all.put("low", numbers.low());
      all.put("high", numbers.high());
    }
    return all;
  }

  private static void assertUpToDate(Path file, String text) throws IOException {
    if (Boolean.getBoolean("mm.writeReference")) {
      Files.writeString(file, text);
    }
    assertThat(file).as("generate it anew, see CONTRIBUTING.md").content().isEqualTo(text);
  }

  @Test
  void everyMetricIsInThePage() {
    assertThat(Metric.all()).hasSize(Math.toIntExact(Metric.count())).hasSizeGreaterThan(10);
  }

  @Test
  void documentsNameNoMetricThatDoesNotExist() throws IOException {
    List<String> unknown = new ArrayList<>();
    int found = 0;
    for (Path file : documents()) {
      for (String name :
          METRIC.matcher(Files.readString(file)).results().map(MatchResult::group).toList()) {
        found++;
        // What Prometheus calls a counter, the name without its ending, and the parts of a
        // histogram.
        String whole = HISTOGRAM_PART.matcher(name).replaceFirst("");
        if (!Metric.exists(name) && !Metric.exists(name + "_total") && !Metric.isHistogram(whole)) {
          unknown.add(file + ": " + name);
        }
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(found).isGreaterThan(20);
  }

  private static List<Path> documents() throws IOException {
    List<Path> all = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
    for (String folder : new String[] {"docs", "deploy", "iac", "bench"}) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        files.filter(file -> file.toString().matches(".*\\.(md|ya?ml|sh|env)")).forEach(all::add);
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/sizing.md", "docs/decisions/0005-onnx-sessions-and-jvms.md"})
  void theFormulaOfAModelsWeightIsThatOfTheCode(String page) throws IOException {
    // Wherever a line breaks.
    String text = Files.readString(Path.of(page)).replaceAll("\\s+", " ");
    List<String> said =
        Pattern.compile("w = [0-9.]+ KiB \\+ .*? the rest of the file")
            .matcher(text)
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(said).containsExactly(WeightFormula.text());
  }

  /** The figures in docs/sizing.md: measured KiB a model, and the weight as a fraction of them. */
  @Test
  void theFormulaComesNearWhatWasMeasured() {
    double linear = WeightFormula.examples().get(0).weightBytes() / 1024.0;
    double forest = WeightFormula.examples().get(1).weightBytes() / 1024.0;
    assertThat((linear + forest) / 2 / 48.7).isCloseTo(0.95, within(0.005));
    assertThat(forest / 64.1).isCloseTo(0.92, within(0.005));
  }

  @Test
  void noPageRepeatsAnOlderFormula() throws IOException {
    List<String> others = new ArrayList<>();
    for (Path file : documents()) {
      String text = Files.readString(file).replaceAll("\\s+", " ");
      Pattern.compile("[0-9.]+ KiB \\+ [0-9.]+ KiB (?:x|an) .{0,60}")
          .matcher(text)
          .results()
          .map(MatchResult::group)
          .filter(said -> !WeightFormula.text().contains(said.substring(0, 16)))
          .forEach(said -> others.add(file + ": " + said));
    }
    assertThat(others).isEmpty();
  }

  /** A setting that nobody reads is one that somebody sets in vain. */
  @ParameterizedTest
  @EnumSource
  void everySettingIsReadSomewhere(Setting setting) throws IOException {
    TreeSet<String> readers = new TreeSet<>();
    for (String folder : new String[] {"src/main/java", "src/main/python"}) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(each -> each.toString().matches(".*\\.(java|py)")).toList()) {
          String text = Files.readString(file);
          if (text.contains("Setting." + setting.name())
              || (file.toString().endsWith(".py")
                  && text.contains('"' + setting.variable() + '"'))) {
            readers.add(file.toString());
          }
        }
      }
    }
    assertThat(readers).isNotEmpty();
  }
}
