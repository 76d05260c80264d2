package io.manymodels.loading;

/** Measures memory of one kind, in bytes. Thread-safe. */
public interface MemoryMeter {
  /** Memory without end. */
  MemoryMeter UNLIMITED =
      new MemoryMeter() {
        @Override
        public long limitBytes() {
          return Long.MAX_VALUE;
        }

        @Override
        public long freeBytes() {
          return Long.MAX_VALUE;
        }

        @Override
        public void reclaim() {}
      };

  /** The bytes that models could have if nothing else were loaded. */
  long limitBytes();

  /** The bytes that are free now. */
  long freeBytes();

  /** Frees memory that is no longer needed, where that is possible. */
  void reclaim();
}
