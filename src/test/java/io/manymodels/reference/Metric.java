package io.manymodels.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A metric, as GET /metrics has it.
 *
 * @param name as Prometheus stores it
 * @param labels without those that Prometheus adds; with their values where these are few words
 */
record Metric(String name, String type, List<String> labels, String help) {
  /** What GET /metrics answers, of which PublicDocumentsTest says that it is still true. */
  private static final Path ANSWER =
      Path.of("src/test/resources/io/manymodels/http/golden/metrics.txt");

  private static final Pattern HEAD =
      Pattern.compile(
          "# HELP (\\w+) ([^\n]*)\n# TYPE \\1 (\\w+)\n\\1(?:_bucket)?(?:\\{([^}]*)\\})? ");

  /** Labels whose values are names, or many. */
  private static final Set<String> NAMES = Set.of("deployment", "status", "code", "tenant");

  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

  /** All metrics, by name. */
  static List<Metric> all() {
    List<Metric> found = new ArrayList<>();
    Matcher head = HEAD.matcher(answer());
    while (head.find()) {
      String name = head.group(1);
      String labels = head.group(4) == null ? "" : head.group(4);
      found.add(
          new Metric(
              name,
              head.group(3),
              LABEL
                  .matcher(labels)
                  .results()
                  .filter(label -> !label.group(1).equals("le"))
                  .map(label -> "`" + label.group(1) + "`" + words(name, label.group(1)))
                  .toList(),
              head.group(2)));
    }
    return found;
  }

  private static String words(String metric, String label) {
    TreeSet<String> values = new TreeSet<>();
    Pattern.compile("(?m)^" + metric + "(?:_bucket)?\\{.*\\b" + label + "=\"(\\w+)\"")
        .matcher(answer())
        .results()
        .forEach(value -> values.add(value.group(1)));
    return values.isEmpty() || NAMES.contains(label) ? "" : " (" + String.join(", ", values) + ")";
  }

  /** Whether {@code name} is one of the metrics. */
  static boolean exists(String name) {
    return new TreeSet<>(all().stream().map(Metric::name).toList()).contains(name);
  }

  /** Whether {@code name} is that of a histogram. */
  static boolean isHistogram(String name) {
    return all().stream()
        .anyMatch(each -> each.name().equals(name) && each.type().equals("histogram"));
  }

  /** How many metrics there are, counted in another way. */
  static long count() {
    return answer().lines().filter(line -> line.startsWith("# TYPE ")).count();
  }

  private static String answer() {
    try {
      return Files.readString(ANSWER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
