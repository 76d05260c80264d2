package io.manymodels.tools.chaos;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * How long tenants that asked went without an answer: from the moment when a request was due to the
 * first right answer of the tenant's requests that were due then or later. Only of those that ask
 * all the time, because the others' silence would count as the system's. Some 30 bytes a request.
 * Thread-confined.
 */
final class Gaps {
  private static final double MIN_PER_NANO = 2e-9;

  private final Map<Integer, Integer> asked = new HashMap<>();
  private int[] tenants;
  private long[] due;
  private long[] answered;
  private boolean[] right;
  private int size;

  Gaps(int expected) {
    tenants = new int[expected];
    due = new long[expected];
    answered = new long[expected];
    right = new boolean[expected];
  }

  /** A time without an answer. */
  record Gap(int tenant, long fromNanos, long toNanos) {
    long nanos() {
      return toNanos - fromNanos;
    }
  }

  void add(int tenant, long dueNanos, long answeredNanos, boolean ok) {
    if (size == tenants.length) {
      int longer = Math.max(16, 2 * size);
      tenants = Arrays.copyOf(tenants, longer);
      due = Arrays.copyOf(due, longer);
      answered = Arrays.copyOf(answered, longer);
      right = Arrays.copyOf(right, longer);
    }
    asked.merge(tenant, 1, Integer::sum);
    tenants[size] = tenant;
    due[size] = dueNanos;
    answered[size] = answeredNanos;
    right[size] = ok;
    size++;
  }

  /**
   * Hands over the gap that begins with each request; without an end in the history, to its last.
   */
  void forEach(Consumer<Gap> consumer) {
    Integer[] order = new Integer[size];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        Comparator.<Integer>comparingInt(i -> tenants[i])
            .thenComparingLong(i -> due[i])
            .reversed());
    Set<Integer> regular = regulars();
    long last = last();
    long next = last;
    for (int place = 0; place < size; place++) {
      int i = order[place];
      if (place == 0 || tenants[i] != tenants[order[place - 1]]) {
        next = last;
      }
      next = right[i] ? Math.min(next, answered[i]) : next;
      if (regular.contains(tenants[i])) {
        consumer.accept(new Gap(tenants[i], due[i], next));
      }
    }
  }

  /** The tenants that ask all the time: twice a second on average or more often. */
  Set<Integer> regulars() {
    double least = (last() - Arrays.stream(due, 0, size).min().orElse(0)) * MIN_PER_NANO;
    return asked.entrySet().stream()
        .filter(entry -> entry.getValue() >= least)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  private long last() {
    return Arrays.stream(answered, 0, size).max().orElse(0);
  }
}
