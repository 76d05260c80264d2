package io.manymodels.tensor;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a version of a model is used. Two are equal when they were written the same.
 *
 * @param signature with the names and substitutes that its publisher gave; empty of a version that
 *     was published without one: then it is read when the model is loaded
 * @param naming what a signature that is read lacks; {@link Naming#NONE} when there is a signature
 * @param example rows that the model answers, by its publisher; the trial of every load
 * @param exampleText the same rows as JSON, as {@code POST /score} takes them; empty without rows
 */
public record Usage(
    Optional<Signature> signature, Naming naming, Optional<Rows> example, String exampleText) {
  /** Nothing is known. */
  public static final Usage UNKNOWN = new Usage(Optional.empty(), Optional.empty());

  /** Rows without a text, which cannot be stored. */
  public Usage(Optional<Signature> signature, Optional<Rows> example) {
    this(signature, Naming.NONE, example, "");
  }

  /**
   * The signature of the model, with the names of its publisher.
   *
   * @param read reads it from the model; only asked when none is known
   * @throws IllegalArgumentException when the publisher named what the model does not have
   */
  public Signature signatureOr(Supplier<Signature> read) {
    return signature.orElseGet(() -> naming.on(read.get()));
  }

  /** The rows are what the text says. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Usage usage
        && signature.equals(usage.signature)
        && naming.equals(usage.naming)
        && exampleText.equals(usage.exampleText)
        && example.isPresent() == usage.example.isPresent();
  }

  @Override
  public int hashCode() {
    return Objects.hash(signature, naming, exampleText);
  }
}
