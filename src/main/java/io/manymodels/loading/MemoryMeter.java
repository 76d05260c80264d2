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

  /** What models could have if nothing else were loaded. */
  long limitBytes();

  /** What is free now. */
  long freeBytes();

  /** Frees what nobody needs any more, if that is possible at all. */
  void reclaim();
}
