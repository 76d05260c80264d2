package io.manymodels.http;

import io.manymodels.application.DecisionsQuestion;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementHistory;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The parameters of GET /placement. Stateless. */
final class PlacementQuery {
  private static final int DEFAULT_LIMIT = 1_000;
  private static final String SINCE_RANGE =
      "a sequence number of 0 or more, or an instant such as 2030-01-31T12:00:00Z";

  private PlacementQuery() {}

  /** The tenant of a path. Throws {@link ServingException} with {@code INVALID_INPUT}. */
  static TenantId tenant(String segment) {
    try {
      return new TenantId(segment);
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()));
    }
  }

  /** Throws {@link ServingException} with {@code INVALID_INPUT}: key, value and allowed range. */
  static DecisionsQuestion decisions(String query) {
    SortedMap<String, String> values = QueryKeys.values(query, List.of("since", "limit"));
    String since = values.getOrDefault("since", "0");
    int limit = QueryKeys.limit(values.get("limit"), DEFAULT_LIMIT, PlacementHistory.MAX_EVENTS);
    return since.matches("[0-9]{1,18}")
        ? new DecisionsQuestion(Long.parseLong(since), Optional.empty(), limit)
        : new DecisionsQuestion(0, Optional.of(instant(since)), limit);
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw QueryKeys.wrong("since", text, "expected " + SINCE_RANGE);
    }
  }
}
