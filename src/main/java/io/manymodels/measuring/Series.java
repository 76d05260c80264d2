package io.manymodels.measuring;

import java.util.List;
import java.util.Optional;

/**
 * A measure with one combination of labels. Immutable.
 *
 * @param labels values, in the order of {@link Measure#labels}
 */
public record Series(Measure measure, List<String> labels) {
  private static final String SEPARATOR = "|";

  /** Throws {@link IllegalArgumentException} when there are not as many labels as there must be. */
  public Series {
    labels = List.copyOf(labels);
    if (labels.size() != measure.labels().size()) {
      throw new IllegalArgumentException(measure + " has the labels " + measure.labels());
    }
  }

  /** As it travels, such as {@code hop_seconds|turn}. */
  String key() {
    return labels.isEmpty()
        ? measure.wireName()
        : measure.wireName() + SEPARATOR + String.join(SEPARATOR, labels);
  }

  /** Reads a {@link #key}; empty when it is not one of this build. */
  public static Optional<Series> ofKey(String key) {
    List<String> parts = List.of(key.split("\\|", -1));
    return Measure.ofWireName(parts.get(0))
        .filter(measure -> measure.labels().size() == parts.size() - 1)
        .map(measure -> new Series(measure, parts.subList(1, parts.size())));
  }
}
