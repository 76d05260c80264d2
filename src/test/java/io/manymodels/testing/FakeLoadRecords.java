package io.manymodels.testing;

import io.manymodels.loading.LoadRecords;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@link LoadRecords} without files, for tests that let processes die. Thread-safe. */
public final class FakeLoadRecords implements LoadRecords {
  private final Map<String, AbandonedLoad> abandoned = new HashMap<>();
  private final List<Open> open = new ArrayList<>();
  private boolean broken;
  private int numbers;

  private final class Open implements OpenRecord {
    private boolean greedy;

    @Override
    public void markGreedy() {
      synchronized (FakeLoadRecords.this) {
        greedy = true;
      }
    }

    @Override
    public void close() {
      synchronized (FakeLoadRecords.this) {
        open.remove(this);
      }
    }
  }

  /** Leaves a record as a process does that dies. */
  public synchronized void abandon(String name, Instant last, boolean greedy) {
    String id = name + "." + numbers++;
    abandoned.put(id, new AbandonedLoad(id, last, greedy));
  }

  /** Has every call fail from now on. */
  public synchronized void breakDown() {
    broken = true;
  }

  /** How many loads are recorded as in progress. */
  public synchronized int openCount() {
    return open.size();
  }

  /** How many of these have taken much of the memory. */
  public synchronized long greedyCount() {
    return open.stream().filter(load -> load.greedy).count();
  }

  /** How many records of dead processes are left. */
  public synchronized int abandonedCount() {
    return abandoned.size();
  }

  @Override
  public synchronized OpenRecord open(String name) throws IOException {
    failWhenBroken();
    Open load = new Open();
    open.add(load);
    return load;
  }

  @Override
  public synchronized List<AbandonedLoad> abandoned(String name) throws IOException {
    failWhenBroken();
    return abandoned.values().stream().filter(load -> load.id().startsWith(name + ".")).toList();
  }

  @Override
  public synchronized void remove(AbandonedLoad load) throws IOException {
    failWhenBroken();
    abandoned.remove(load.id());
  }

  private void failWhenBroken() throws IOException {
    if (broken) {
      throw new IOException("broken");
    }
  }
}
