package io.manymodels.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Compares answers with what the library answered that trained the model, by the rules of the
 * corpus: labels exactly, numbers within the case's tolerance, null for what is not finite.
 *
 * @param model whose answers
 * @param rows of the case that were asked for
 */
public record CorpusAnswers(Corpus.Case model, List<Integer> rows) {
  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  /**
   * The outputs that differ, each in one line.
   *
   * @param outputs of the answer to a request for all
   */
  public List<String> differences(JsonNode outputs) {
    List<String> differences = new ArrayList<>();
    model
        .json()
        .path("expected")
        .properties()
        .forEach(
            output -> {
              JsonNode got = outputs.path(output.getKey());
              JsonNode expected = ofRows(output.getValue());
              if (!alike(got, expected)) {
                differences.add(output.getKey() + ": expected " + expected + ", got " + got);
              }
            });
    return differences;
  }

  /** An output that has not an entry for each row of the case has them one level below. */
  private JsonNode ofRows(JsonNode whole) {
    var chosen = Json.mapper().createArrayNode();
    if (whole.size() == model.rows()) {
      rows.forEach(row -> chosen.add(whole.path(row)));
    } else {
      whole.forEach(part -> chosen.add(ofRows(part)));
    }
    return chosen;
  }

  private boolean alike(JsonNode got, JsonNode expected) {
    if (got.isArray() && got.size() == 1 && expected.isValueNode()) {
      return alike(got.path(0), expected);
    }
    if (expected.isTextual() && NOT_FINITE.contains(expected.textValue())) {
      return got.isNull();
    }
    if (expected.isNumber() && got.isNumber()) {
      double tolerance =
          model.json().path("rtol").asDouble()
              * Math.max(Math.abs(expected.asDouble()), model.json().path("floor").asDouble());
      return Math.abs(got.asDouble() - expected.asDouble()) <= tolerance;
    }
    if (expected.isBoolean() || got.isBoolean()) {
      return expected.isBoolean() && expected.asBoolean() == got.asBoolean();
    }
    if (expected.isValueNode()) {
      return expected.equals(got);
    }
    return got.getNodeType() == expected.getNodeType()
        && got.size() == expected.size()
        && (expected.isArray() ? allAlike(got, expected) : allKeysAlike(got, expected));
  }

  private boolean allAlike(JsonNode got, JsonNode expected) {
    for (int i = 0; i < expected.size(); i++) {
      if (!alike(got.path(i), expected.path(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean allKeysAlike(JsonNode got, JsonNode expected) {
    boolean alike = true;
    for (var key = expected.fieldNames(); key.hasNext(); ) {
      String name = key.next();
      alike &= alike(got.path(name), expected.path(name));
    }
    return alike;
  }
}
