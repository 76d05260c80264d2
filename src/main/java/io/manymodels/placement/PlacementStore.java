package io.manymodels.placement;

import java.util.Optional;

/**
 * A store that keeps the {@link PlacementState}, and beside it a {@link RememberedPlacement}, which
 * may be lost. Thread-safe. Every method throws {@link io.manymodels.model.ServingException} with
 * {@code STORE_UNAVAILABLE} when the store cannot be asked.
 */
public interface PlacementStore extends AutoCloseable {

  /**
   * Starts a new term, higher than any that was ever started, and ends the right of all earlier
   * terms to {@link #write} and {@link #remember}. Atomic, durable when it returns.
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

  /**
   * What was remembered last. Empty when nothing was, and when it cannot be understood, which is
   * logged: the state is whole nevertheless.
   */
  Optional<RememberedPlacement> remembered();

  /**
   * Replaces what is remembered, atomically. A store may leave out the eldest decisions and a part
   * of the traffic when it would take too many bytes. Does not delay a {@link #write} for longer
   * than it takes to put the new in place of the old.
   *
   * @return false, with nothing written, when a later term has started
   */
  boolean remember(long term, RememberedPlacement placement);

  /** Closes what this store opened; does not throw. */
  @Override
  void close();
}
