package io.manymodels.placing;

import io.manymodels.adapter.memory.InMemoryPlacementStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that may be away. Thread-safe. */
final class UnreliablePlacementStore implements PlacementStore {
  private final InMemoryPlacementStore state = new InMemoryPlacementStore();
  private final AtomicInteger rememberings = new AtomicInteger();
  private volatile Runnable delay = () -> {};
  private volatile boolean away;

  /** How often somebody has tried to have something remembered. */
  int rememberings() {
    return rememberings.get();
  }

  /** Has time pass whenever something is remembered. */
  void takes(Duration time, FakeTicker ticker) {
    delay = () -> ticker.advance(time);
  }

  void away(boolean now) {
    away = now;
  }

  private InMemoryPlacementStore ask() {
    if (away) {
      throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "the store is away");
    }
    return state;
  }

  @Override
  public long startTerm() {
    return ask().startTerm();
  }

  @Override
  public PlacementState read() {
    return ask().read();
  }

  @Override
  public boolean write(long term, PlacementState next) {
    return ask().write(term, next);
  }

  @Override
  public Optional<RememberedPlacement> remembered() {
    return ask().remembered();
  }

  @Override
  public boolean remember(long term, RememberedPlacement placement) {
    delay.run();
    rememberings.incrementAndGet();
    return ask().remember(term, placement);
  }

  @Override
  public void close() {}
}
