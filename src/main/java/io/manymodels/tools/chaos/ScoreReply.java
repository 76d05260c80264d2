package io.manymodels.tools.chaos;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.manymodels.json.Json;
import io.manymodels.tools.chaos.ScoreExchange.Answer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parsed body of an answer to a /score. */
record ScoreReply(String problem, Answer answer) {
  static final String TENANT_PREFIX = "tenant";
  private static final String PROBLEM_PREFIX = "urn:many-models:problem:";

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Scored(String deployment, String model, int version, List<Long> prediction) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Problem(@Nullable String type) {}

  static ScoreReply of(int status, String body) {
    try {
      if (status != ScoreExchange.OK) {
        @Nullable String type = Json.read(body, Problem.class).type();
        return type != null && type.startsWith(PROBLEM_PREFIX)
            ? failed(type.substring(PROBLEM_PREFIX.length()))
            : failed(ScoreExchange.NOT_READABLE);
      }
      Scored scored = Json.read(body, Scored.class);
      if (scored.prediction() == null
          || scored.prediction().size() != 1
          || scored.deployment() == null) {
        return failed(ScoreExchange.NOT_READABLE);
      }
      Answer answer =
          new Answer(
              scored.deployment(),
              number(scored.model()),
              scored.version(),
              scored.prediction().get(0));
      return new ScoreReply(ScoreExchange.NO_PROBLEM, answer);
    } catch (IllegalArgumentException e) {
      return failed(ScoreExchange.NOT_READABLE);
    }
  }

  private static ScoreReply failed(String problem) {
    return new ScoreReply(problem, Answer.NONE);
  }

  /** The number in a tenant's name; -1 for another name. */
  private static int number(@Nullable String model) {
    if (model == null || !model.matches(TENANT_PREFIX + "[1-9][0-9]{0,8}")) {
      return -1;
    }
    return Integer.parseInt(model.substring(TENANT_PREFIX.length()));
  }
}
