package io.manymodels.application;

import java.time.Instant;
import java.util.Optional;

/**
 * Asks for decisions about placement.
 *
 * @param after the sequence number before the first one
 * @param from when the first one was made; counts in place of {@code after}
 * @param limit how many at most, {@code >= 1}
 */
public record DecisionsQuestion(long after, Optional<Instant> from, int limit) {}
