package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The document at /openapi.json has every call that there is, and no other; so has the page. */
class OpenApiTest extends IngressFixture {
  private static final Path CALLS_PAGE = Path.of("docs/http-api.md");
  private static final List<Path> SOURCES =
      List.of(
          Path.of("src/main/java/io/manymodels/http"),
          Path.of("src/main/java/io/manymodels/protocol"));

  private static final String BEGIN = "<!-- calls of the document: begin -->\n";
  private static final String END = "<!-- calls of the document: end -->";

  /** Those of the ports themselves, before any protocol. */
  private static final String PORTS_OWN = "/-/";

  private static final Pattern PATH = Pattern.compile("\"([/:][a-z0-9_./:-]*)\"");
  private static final Pattern LAST_SEGMENT = Pattern.compile("case \"([a-z]+)\" ->");

  private JsonNode document() {
    Answer answer = get("/openapi.json");
    assertThat(answer.status()).isEqualTo(200);
    return answer.json();
  }

  /** Each path with its methods. */
  private SortedMap<String, SortedSet<String>> calls() {
    SortedMap<String, SortedSet<String>> calls = new TreeMap<>();
    document()
        .path("paths")
        .properties()
        .forEach(
            path -> {
              SortedSet<String> methods = new TreeSet<>();
              path.getValue().fieldNames().forEachRemaining(methods::add);
              calls.put(path.getKey(), methods);
            });
    assertThat(calls).hasSizeGreaterThan(40);
    return calls;
  }

  @Test
  void everyCallOfTheDocumentIsThereWithTheseMethodsAndNoOther() {
    calls()
        .forEach(
            (path, methods) -> {
              if (path.startsWith(PORTS_OWN)) {
                return;
              }
              String target =
                  path.replace("{tenant}", "tenant01")
                      .replace("{version}", "1")
                      .replace("{file}", "page.js");
              Answer answer = send("PATCH", target, Map.of(), "");
              assertThat(answer.status()).as(path).isEqualTo(405);
              Set<String> told = new TreeSet<>(List.of(answer.header("allow").split(", ")));
              assertThat(told)
                  .as(path)
                  .isEqualTo(
                      methods.equals(Set.of("get")) ? Set.of("GET", "HEAD") : Set.of("POST"));
            });
  }

  @Test
  void everyPathInTheCodeIsInTheDocument() throws IOException {
    Set<String> documented = calls().keySet();
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (Path file : routing()) {
      String source = Files.readString(file);
      for (MatchResult literal : PATH.matcher(source).results().toList()) {
        found++;
        if (documented.stream().noneMatch(path -> isPart(literal.group(1), path))) {
          missing.add(file.getFileName() + " has " + literal.group(1));
        }
      }
      for (MatchResult word : LAST_SEGMENT.matcher(source).results().toList()) {
        found++;
        if (documented.stream().noneMatch(path -> path.endsWith("/" + word.group(1)))) {
          missing.add(file.getFileName() + " has " + word.group(1));
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found).isGreaterThan(40);
  }

  /** The whole of it, its beginning up to a slash, or its end. */
  private static boolean isPart(String literal, String path) {
    return path.equals(literal)
        || path.endsWith(literal)
        || (literal.endsWith("/") && path.startsWith(literal));
  }

  /** The classes that say which paths there are. */
  private static List<Path> routing() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : SOURCES) {
      try (Stream<Path> all = Files.walk(folder)) {
        files.addAll(
            all.filter(file -> file.toString().matches(".*(Door|Route|HealthChecks)\\.java"))
                .sorted()
                .toList());
      }
    }
    assertThat(files).hasSizeGreaterThan(7);
    return files;
  }

  @Test
  void everyCallHasANameOfItsOwnAndSaysWhatItIsFor() {
    Set<String> names = new TreeSet<>();
    for (JsonNode path : document().path("paths")) {
      for (JsonNode call : path) {
        assertThat(names.add(call.path("operationId").asText())).as("%s", call).isTrue();
        assertThat(call.path("summary").asText()).isNotBlank();
        assertThat(call.path("tags")).isNotEmpty();
        assertThat(call.path("responses")).isNotEmpty();
      }
    }
  }

  @Test
  void whateverIsReferredToIsThere() {
    JsonNode document = document();
    List<String> references = document.findValuesAsText("$ref");
    assertThat(references)
        .hasSizeGreaterThan(100)
        .allSatisfy(
            reference -> {
              assertThat(reference).startsWith("#/");
              assertThat(document.at(reference.substring(1)).isMissingNode()).isFalse();
            });
  }

  /** After a change: {@code mvn test -Dtest=OpenApiTest -Dmm.writeReference=true}. */
  @Test
  void thePageHasTheCallsOfTheDocument() throws IOException {
    String page = Files.readString(CALLS_PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    assertThat(begin).isBetween(BEGIN.length(), end);
    if (Boolean.getBoolean("mm.writeReference")) {
      page = page.substring(0, begin) + tables() + page.substring(end);
      Files.writeString(CALLS_PAGE, page);
      end = page.indexOf(END);
    }
    assertThat(page.substring(begin, end)).as("generate it anew").isEqualTo(tables());
  }

  /** The calls under the first tag of each, in the order of the tags. */
  private String tables() {
    JsonNode document = document();
    StringBuilder tables = new StringBuilder();
    for (JsonNode tag : document.path("tags")) {
      String name = tag.path("name").asText();
      tables.append("\n### ").append(name).append("\n\n| call | what it does |\n| --- | --- |\n");
      document
          .path("paths")
          .properties()
          .forEach(
              path ->
                  path.getValue()
                      .properties()
                      .forEach(
                          call -> {
                            if (call.getValue().path("tags").path(0).asText().equals(name)) {
                              tables.append(row(call.getKey(), path.getKey(), call.getValue()));
                            }
                          }));
    }
    return tables.append('\n').toString();
  }

  private static String row(String method, String path, JsonNode call) {
    return "| `"
        + method.toUpperCase(Locale.ROOT)
        + " "
        + path
        + "` | "
        + call.path("summary").asText()
        + " |\n";
  }

  @Test
  void thePageLoadsNothingFromAnotherHost() {
    Answer page = get("/docs");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body()).doesNotContain("http:", "https:", "//", "<style", "onload");
    assertThat(page.header("content-security-policy"))
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
        .doesNotContain("unsafe");
    for (String file : List.of("page.js", "swagger-ui.css", "swagger-ui-bundle.js")) {
      assertThat(page.body()).contains("\"docs/" + file + "\"");
      assertThat(get("/docs/" + file).status()).isEqualTo(200);
    }
    assertThat(get("/docs/swagger-ui-bundle.js").body()).hasSizeGreaterThan(1_000_000);
    assertThat(get("/docs/../openapi.yaml").status()).isEqualTo(404);
    assertThat(get("/docs/").status()).isEqualTo(404);
  }
}
