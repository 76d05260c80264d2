package io.manymodels.access;

import java.util.Arrays;
import java.util.Optional;

/** A kind of calls that a {@link Caller} may make. */
public enum Role {
  /** Predictions of the caller's tenants, and what the models of these tenants take. */
  SCORE("score"),
  /** The operators' documents, which tell of all tenants: status, metrics, placement. */
  READ("read"),
  /** Changes of pins and versions; includes {@link #READ}. */
  ADMIN("admin");

  private final String word;

  Role(String word) {
    this.word = word;
  }

  /** The name in the callers file and in messages. */
  public String word() {
    return word;
  }

  /** The role of this {@link #word}. */
  public static Optional<Role> ofWord(String word) {
    return Arrays.stream(values()).filter(role -> role.word.equals(word)).findAny();
  }
}
