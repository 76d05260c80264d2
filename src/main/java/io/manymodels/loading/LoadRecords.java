package io.manymodels.loading;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/**
 * Records of loads in progress, which the processes of a node share. A process removes its record
 * when the load ends. If the process dies first, the record stays and counts as abandoned.
 * Thread-safe.
 */
public interface LoadRecords {

  /**
   * Opens a record of this process. Others see it at once, and as abandoned only after this process
   * has died. Several may have the same name.
   *
   * @param name of what is loaded: a digest in hexadecimal, or letters and hyphens
   * @throws IOException when no record can be kept
   */
  OpenRecord open(String name) throws IOException;

  /**
   * The abandoned records of this name; those of live processes, this one included, are not among
   * them.
   *
   * @throws IOException when the records cannot be read
   */
  List<AbandonedLoad> abandoned(String name) throws IOException;

  /** Removes an abandoned record; does nothing if it is gone already. */
  void remove(AbandonedLoad load) throws IOException;

  /** A record of this process. Closing it removes it. To be used by one thread at a time. */
  interface OpenRecord extends AutoCloseable {

    /** Notes that the load has taken much of the memory. To be called at most once. */
    void markGreedy() throws IOException;

    @Override
    void close() throws IOException;
  }

  /**
   * A record whose process has died.
   *
   * @param id which record it is, among all of this node
   * @param last when the record was last written: when the load began, or took much memory
   * @param greedy whether the load had taken much of the memory
   */
  record AbandonedLoad(String id, Instant last, boolean greedy) {}
}
