package io.manymodels.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that score tenants all the time and check every answer against scikit-learn's. Ends when
 * closed, or when {@link #stop} is asked for the report.
 */
final class CheckedLoad implements AutoCloseable {
  private static final int MAX_KEPT = 20;

  private final Application application;
  private final List<String> tenants;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final ConcurrentSkipListMap<String, AtomicLong> failed = new ConcurrentSkipListMap<>();
  private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean stopped;

  private CheckedLoad(Application application, List<String> tenants) {
    this.application = application;
    this.tenants = tenants;
  }

  /**
   * What the clients saw.
   *
   * @param answered requests answered 200, right or wrong
   * @param failed other requests: status and problem type, or the connection's failure, to how many
   * @param wrong answers 200 that were wrong, the first few
   */
  record Report(long answered, SortedMap<String, Long> failed, List<String> wrong) {
    long failures() {
      return failed.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  static CheckedLoad start(Application application, int clients, List<String> tenants) {
    CheckedLoad load = new CheckedLoad(application, List.copyOf(tenants));
    for (int i = 0; i < clients; i++) {
      Thread thread = new Thread(load::run, "client-" + i);
      thread.setDaemon(true);
      thread.start();
      load.threads.add(thread);
    }
    return load;
  }

  private void run() {
    while (!stopped) {
      long turn = next.getAndIncrement();
      String tenant = tenants.get((int) (turn % tenants.size()));
      int row = (int) (turn / tenants.size() % Expected.rows(tenant).size());
      try {
        check(
            tenant,
            row,
            application.trySend(application.scoreRequest(tenant, Expected.row(tenant, row))));
      } catch (IOException e) {
        failed("no answer: " + e.getClass().getSimpleName());
      }
    }
  }

  private void check(String tenant, int row, Answer answer) {
    if (answer.status() != 200) {
      String type = answer.body().startsWith("{") ? answer.json().path("type").asText() : "";
      failed(answer.status() + " " + type);
      return;
    }
    answered.incrementAndGet();
    JsonNode json = answer.json();
    Optional<String> complaint = Expected.complaint(tenant, json, row);
    complaint.filter(text -> wrong.size() < MAX_KEPT).ifPresent(wrong::add);
  }

  private void failed(String how) {
    failed.computeIfAbsent(how, key -> new AtomicLong()).incrementAndGet();
  }

  /** Requests answered 200 so far. */
  long answered() {
    return answered.get();
  }

  /** Ends the clients after the request that each is busy with. */
  Report stop() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
      if (thread.isAlive()) {
        throw new AssertionError(thread.getName() + " still waits for an answer");
      }
    }
    SortedMap<String, Long> counts = new TreeMap<>();
    failed.forEach((how, count) -> counts.put(how, count.get()));
    return new Report(answered.get(), counts, List.copyOf(wrong));
  }

  @Override
  public void close() {
    stopped = true;
  }
}
