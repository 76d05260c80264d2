package io.manymodels.http;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** GET /console and what the page consists of. */
class ConsolePageTest extends IngressFixture {
  private static final Path FOLDER = Path.of("src/main/resources/console");
  private static final List<String> LIBRARY = List.of("uPlot.esm.js", "uPlot.min.css");

  private static SortedSet<String> own() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      SortedSet<String> names =
          files.map(file -> file.getFileName().toString()).collect(toCollection(TreeSet::new));
      assertThat(names.remove("page.html")).isTrue();
      return names;
    }
  }

  @Test
  void everyFileIsServedAsItIs() throws IOException {
    for (String name : own()) {
      Answer answer = get("/console/" + name);
      assertThat(answer.status()).as(name).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(Files.readString(FOLDER.resolve(name)));
      assertThat(answer.head().path("t").asText())
          .isEqualTo(name.endsWith(".css") ? "text/css" : "text/javascript");
    }
    assertThat(get("/console/uPlot.esm.js").body()).contains("export { uPlot as default }");
    assertThat(get("/console/uPlot.min.css").body()).contains(".uplot");
  }

  @Test
  void nothingElseIsServed() {
    for (String path : List.of("/", "/page.html", "/../openapi/openapi.yaml", "/x.js", "/style")) {
      assertThat(get("/console" + path).status()).as(path).isEqualTo(404);
    }
    assertThat(send("POST", "/console", Map.of(), "").status()).isEqualTo(405);
  }

  @Test
  void theDocumentNamesEveryFile() throws IOException {
    JsonNode names =
        get("/openapi.json").json().at("/paths/~1console~1{file}/get/parameters/0/schema/enum");
    SortedSet<String> named = new TreeSet<>();
    names.forEach(name -> named.add(name.asText()));
    SortedSet<String> all = own();
    all.addAll(LIBRARY);
    assertThat(named).isEqualTo(all);
  }

  /** The browser holds the page to that, too. */
  @Test
  void thePageUsesNothingButWhatComesFromHereAndMakesNoMarkup() throws IOException {
    Answer page = get("/console");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("content-security-policy"))
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
        .endsWith("require-trusted-types-for 'script'; trusted-types")
        .doesNotContain("unsafe");
    assertThat(page.header("cache-control")).isEqualTo("no-cache");
    assertThat(page.body()).doesNotContain("http:", "https:", "//", "<style", "onload", "style=");
    for (String name : own()) {
      assertThat(Files.readString(FOLDER.resolve(name)))
          .as(name)
          .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
          .doesNotContain("http://", "https://", "localStorage", "sessionStorage");
    }
  }

  @Test
  void everyModuleIsUsedAndImportsOnlyWhatIsServed() throws IOException {
    SortedSet<String> imported = new TreeSet<>(List.of("main.js", "style.css", "uPlot.min.css"));
    SortedSet<String> served = own();
    served.addAll(LIBRARY);
    for (String name : own()) {
      Pattern.compile("from \"\\./([^\"]+)\"")
          .matcher(Files.readString(FOLDER.resolve(name)))
          .results()
          .forEach(found -> imported.add(found.group(1)));
    }
    assertThat(imported).isEqualTo(served);
  }
}
