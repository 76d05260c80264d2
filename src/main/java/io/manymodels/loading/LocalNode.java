package io.manymodels.loading;

/**
 * The node that this process runs on, as far as loading models depends on it; found by
 * ServiceLoader. Thread-safe.
 */
public interface LocalNode {

  /** The heap of this process. */
  MemoryMeter heap();

  /** The memory of the container or machine, which this process shares with others. */
  MemoryMeter container();

  /** The records of loads that the processes of this node share. */
  LoadRecords loadRecords();
}
