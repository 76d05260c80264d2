package io.manymodels.loading;

import io.manymodels.inference.MemoryNeed;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Refuses a load for which there is not the memory, before the heap or the container ends with the
 * whole replica. A load has what it needs set aside until it ends; what it has allocated by then
 * counts twice, which errs on the safe side. What the other processes of a container are about to
 * take is not known. Thread-safe.
 */
public final class MemoryGuard {
  private static final long MIB = 1 << 20;

  private final Budget heap;
  private final Budget container;
  private final AtomicLong refusals = new AtomicLong();

  /** Memory that is set aside; to be closed when the load has ended. */
  interface Share extends AutoCloseable {
    @Override
    void close();
  }

  MemoryGuard(MemoryMeter heap, MemoryMeter container) {
    this(new Budget("of heap", heap), new Budget("of memory", container));
  }

  private MemoryGuard(Budget heap, Budget container) {
    this.heap = heap;
    this.container = container;
  }

  /** For tests and tools: takes every load. */
  static MemoryGuard none() {
    return new MemoryGuard(MemoryMeter.UNLIMITED, MemoryMeter.UNLIMITED);
  }

  /** By the limits of this process: its heap, its control groups, the machine. */
  public static MemoryGuard on(LocalNode node) {
    return new MemoryGuard(node.heap(), node.container());
  }

  /**
   * A guard of the same memory that counts its own refusals: for another replica of the process.
   */
  public MemoryGuard another() {
    return new MemoryGuard(heap, container);
  }

  /**
   * To be called before a load.
   *
   * @throws ServingException {@code LOAD_FAILED} when the model could never be loaded here, {@code
   *     OVERLOADED} when there is no room for it now
   */
  Share admit(ModelRef ref, MemoryNeed need) {
    try {
      Share first = heap.take(ref, need.heapBytes());
      try {
        Share second = container.take(ref, need.nativeBytes());
        return () -> {
          first.close();
          second.close();
        };
      } catch (ServingException e) {
        first.close();
        throw e;
      }
    } catch (ServingException e) {
      refusals.incrementAndGet();
      throw e;
    }
  }

  /** Loads refused so far. */
  long refusals() {
    return refusals.get();
  }

  private static final class Budget {
    private final String what;
    private final MemoryMeter meter;
    private long setAside;

    Budget(String what, MemoryMeter meter) {
      this.what = what;
      this.meter = meter;
    }

    synchronized Share take(ModelRef ref, long bytes) {
      if (bytes > meter.freeBytes() - setAside) {
        if (bytes > meter.limitBytes()) {
          throw refusal(ErrorCode.LOAD_FAILED, ref, bytes, "a replica has", meter.limitBytes());
        }
        meter.reclaim();
        long free = meter.freeBytes() - setAside;
        if (bytes > free) {
          throw refusal(ErrorCode.OVERLOADED, ref, bytes, "there are now", Math.max(0, free));
        }
      }
      setAside += bytes;
      return () -> giveBack(bytes);
    }

    private synchronized void giveBack(long bytes) {
      setAside -= bytes;
    }

    private ServingException refusal(
        ErrorCode code, ModelRef ref, long bytes, String who, long there) {
      return new ServingException(
          code,
          "model %s: loading it takes %d MiB %s, %s %d"
              .formatted(ref, (bytes + MIB - 1) / MIB, what, who, there / MIB));
    }
  }
}
