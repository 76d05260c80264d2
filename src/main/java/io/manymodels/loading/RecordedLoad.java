package io.manymodels.loading;

import io.manymodels.loading.LoadRecords.AbandonedLoad;
import io.manymodels.loading.LoadRecords.OpenRecord;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A load in progress that is recorded if it lasts, and marked once it has taken much of the memory.
 * Thread-safe.
 */
final class RecordedLoad {
  /** A load is greedy when less than this share of the memory that was free is left. */
  private static final double SCARCE = 0.75;

  private final LoadRecords records;
  private final String name;
  private final List<AbandonedLoad> deaths;
  private final List<MemoryMeter> memory;
  private final List<Long> freeBytesBefore;
  private final Consumer<Exception> failures;
  private @Nullable OpenRecord record;
  private boolean finished;

  /**
   * @param deaths earlier loads of the same model; forgotten when this one ends
   * @param failures told why no record is kept
   */
  RecordedLoad(
      LoadRecords records,
      String name,
      List<AbandonedLoad> deaths,
      List<MemoryMeter> memory,
      Consumer<Exception> failures) {
    this.records = records;
    this.name = name;
    this.deaths = List.copyOf(deaths);
    this.memory = List.copyOf(memory);
    this.freeBytesBefore = memory.stream().map(MemoryMeter::freeBytes).toList();
    this.failures = failures;
  }

  /** Records the load as it is now. Does nothing after the load has ended, or once it is marked. */
  synchronized void look() {
    if (finished) {
      return;
    }
    try {
      if (record == null) {
        record = records.open(name);
      }
      if (takesMuch()) {
        finished = true;
        record.markGreedy();
      }
    } catch (IOException e) {
      finished = true;
      failures.accept(e);
    }
  }

  private boolean takesMuch() {
    for (int i = 0; i < memory.size(); i++) {
      if (memory.get(i).freeBytes() < freeBytesBefore.get(i) * SCARCE) {
        return true;
      }
    }
    return false;
  }

  /** Removes the record of a load that has not ended: the process ends in good order. */
  synchronized void withdraw() {
    finished = true;
    try {
      close();
    } catch (IOException e) {
      failures.accept(e);
    }
  }

  private void close() throws IOException {
    if (record != null) {
      record.close();
      record = null;
    }
  }

  /** Removes the record, and those of the deaths that this load has disproved. */
  synchronized void end() {
    finished = true;
    try {
      close();
      for (AbandonedLoad death : deaths) {
        records.remove(death);
      }
    } catch (IOException e) {
      failures.accept(e);
    }
  }
}
