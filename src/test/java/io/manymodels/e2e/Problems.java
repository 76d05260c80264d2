package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.model.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What every error must look like (RFC 9457, and docs/errors.md), and must not tell. */
final class Problems {
  private static final String TYPE_PREFIX = "urn:many-models:problem:";
  private static final List<String> MEMBERS =
      List.of("type", "title", "status", "detail", "instance", "errors");

  /** Stack frames, class names, source files and files of this machine. */
  private static final Pattern LEAK =
      Pattern.compile(
          "\\bat [\\w.$/]+\\(|Traceback|Exception|\\.java\\b|\\.py\\b|\\bio\\.(manymodels|ray)\\b"
              + "|\\b(java|javax|com|ai|org)\\.\\w+\\.\\w+|/(tmp|home|root|usr|opt|var|work|etc)/"
              + "|metadata\\.json|model\\.onnx");

  private Problems() {}

  /** Checks status, content type, every member, the request id, and that nothing internal shows. */
  static void check(Application application, Answer answer, int status, String code) {
    assertThat(answer.status()).as("status of %s", answer).isEqualTo(status);
    assertThat(answer.header("content-type")).as("%s", answer).hasValue("application/problem+json");
    JsonNode problem = answer.json();
    assertThat(problem.path("type").asText()).as("%s", answer).isEqualTo(TYPE_PREFIX + code);
    assertThat(problem.path("title").asText()).isEqualTo(title(code));
    assertThat(problem.path("status").isInt()).isTrue();
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("detail").asText()).isNotBlank();
    assertThat(problem.path("instance").asText())
        .as("instance of %s", answer)
        .isNotBlank()
        .isEqualTo(answer.header("x-request-id").orElse(""));
    List<String> members = new ArrayList<>();
    problem.fieldNames().forEachRemaining(members::add);
    assertThat(MEMBERS).containsAll(members);
    for (JsonNode error : problem.path("errors")) {
      assertThat(error.path("pointer").asText()).startsWith("/");
      assertThat(error.path("detail").asText()).isNotBlank();
    }
    if (status == 429 || status == 503) {
      assertThat(answer.header("retry-after"))
          .as("%s", answer)
          .get()
          .asString()
          .matches("[1-9]\\d*");
    }
    assertNoLeak(application, answer);
  }

  static void assertNoLeak(Application application, Answer answer) {
    assertThat(LEAK.matcher(answer.body()).find()).as("internals in %s", answer).isFalse();
    assertThat(answer.body())
        .doesNotContain(application.root().folder().toString(), application.token());
  }

  private static String title(String code) {
    return Arrays.stream(ErrorCode.values())
        .filter(known -> known.wireName().equals(code))
        .map(ErrorCode::title)
        .findFirst()
        .orElseThrow(() -> new AssertionError("ErrorCode has no " + code));
  }
}
