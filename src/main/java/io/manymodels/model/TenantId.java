package io.manymodels.model;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a tenant: 1..128 characters of {@code A-Z a-z 0-9 . _ -}, not starting with a dot, so
 * that a valid name is also a safe path segment, blob name and Redis key in every store.
 *
 * <p>Immutable; ordered by name.
 */
public record TenantId(String value) implements Comparable<TenantId> {
  public static final int MAX_LENGTH = 128;
  private static final Pattern VALID =
      Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0," + (MAX_LENGTH - 1) + "}");

  /** Throws {@link IllegalArgumentException}, with the rule, when the name is not valid. */
  public TenantId {
    if (!VALID.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot");
    }
  }

  /** The tenant of this name; empty when no tenant can have it. */
  public static Optional<TenantId> parse(String name) {
    return VALID.matcher(name).matches() ? Optional.of(new TenantId(name)) : Optional.empty();
  }

  @Override
  public int compareTo(TenantId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
