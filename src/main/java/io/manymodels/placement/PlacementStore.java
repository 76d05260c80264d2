package io.manymodels.placement;

/**
 * A store that keeps the {@link PlacementState}. Thread-safe. Every method throws {@link
 * io.manymodels.model.ServingException} with {@code STORE_UNAVAILABLE} when the store cannot be
 * asked.
 */
public interface PlacementStore extends AutoCloseable {

  /**
   * Starts a new term, higher than any that was ever started, and ends the right of all earlier
   * terms to {@link #write}. Atomic, durable when it returns.
   */
  long startTerm();

  /** The state written last; {@link PlacementState#EMPTY} when none was. */
  PlacementState read();

  /**
   * Replaces the state, atomically and durably.
   *
   * @return false, with nothing written, when a later term has started
   */
  boolean write(long term, PlacementState state);

  /** Closes what this store opened; does not throw. */
  @Override
  void close();
}
