package io.manymodels.tools.simulation;

import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/**
 * Generates traces, each of which tests another property of a policy. The same arguments make the
 * same trace.
 */
public final class Traces {
  /** The exponent of the base trace that other properties are mixed into. */
  private static final double BASE_EXPONENT = 1.0;

  /** One of so many requests of a scan trace is of the scan. */
  static final int SCAN_DIVISOR = 2;

  private static final int MIN_SCANS = 4;
  static final int POPULATIONS = 2;
  static final int PHASES = 8;
  static final int BURSTS = 8;

  /** One of so many requests between the beginnings of two bursts falls in a burst. */
  static final int BURST_DIVISOR = 2;

  static final int BURST_FACTOR = 100;

  /** Bursting tenants are of the last one of so many parts of the ranks. */
  private static final int COLD_DIVISOR = 2;

  private Traces() {}

  /**
   * Independent requests by Zipf's law, without any change over time.
   *
   * @param exponent 0 for all tenants alike; 0.6..1.2 is what caches of the web see (Breslau et
   *     al., Web Caching and Zipf-like Distributions, INFOCOM 1999)
   */
  public static Trace zipf(double exponent, Workload workload) {
    Zipf zipf = new Zipf(exponent, 0, workload.tenants(), new SplittableRandom(workload.seed()));
    return trace("zipf:" + exponent, workload, i -> zipf.next());
  }

  /**
   * A Zipf base with runs of tenants that come once and never again, beside the workload's own
   * tenants: base and scan take turns, each for half as many requests as there are tenants (shorter
   * where fewer than four runs would fit). A policy that places whoever comes loses everything in
   * every run.
   */
  public static Trace scan(Workload workload) {
    Zipf base = base(workload);
    long wanted = workload.tenants();
    int period = (int) Math.max(SCAN_DIVISOR, Math.min(wanted, workload.requests() / MIN_SCANS));
    int run = period / SCAN_DIVISOR;
    int[] scanned = {0};
    return trace(
        "scan",
        workload,
        i -> i % period < period - run ? base.next() : workload.tenants() + scanned[0]++);
  }

  /**
   * All tenants in turn, again and again. With fewer places than tenants the least recently used
   * one is always the next: LRU has no hit at all, a fixed set has its share.
   */
  public static Trace loop(Workload workload) {
    return trace("loop", workload, i -> i % workload.tenants());
  }

  /** {@link #shift(Workload, int, int)} with day and night, eight times in all. */
  public static Trace shift(Workload workload) {
    return shift(workload, POPULATIONS, PHASES);
  }

  /**
   * The tenants are divided into populations, of which only one is awake, in turn, each by Zipf's
   * law. A policy that never forgets keeps those who sleep.
   *
   * @param populations {@code 1} or more; at most as many as there are tenants are made
   * @param phases into which the trace is divided, {@code 1} or more
   */
  public static Trace shift(Workload workload, int populations, int phases) {
    int parts = Math.min(populations, workload.tenants());
    SplittableRandom random = new SplittableRandom(workload.seed());
    List<Zipf> awake = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int first = share(workload.tenants(), part, parts);
      int end = share(workload.tenants(), part + 1, parts);
      awake.add(new Zipf(BASE_EXPONENT, first, end - first, random));
    }
    return trace(
        "shift",
        workload,
        i -> awake.get((int) ((long) i * phases / workload.requests()) % parts).next());
  }

  /**
   * A Zipf base in which eight times, for the second half of an eighth of the trace, one tenant of
   * the less popular half is asked for 100 times as often as before; each time another one, evenly
   * from that half.
   */
  public static Trace burst(Workload workload) {
    SplittableRandom random = new SplittableRandom(workload.seed());
    Zipf base = new Zipf(BASE_EXPONENT, 0, workload.tenants(), random);
    int warm = workload.tenants() / COLD_DIVISOR;
    return trace(
        "burst",
        workload,
        i -> {
          long eighths = (long) i * BURSTS;
          int burst = (int) (eighths / workload.requests());
          boolean bursting = eighths % workload.requests() >= workload.requests() / BURST_DIVISOR;
          int rank = warm + share(workload.tenants() - warm, burst, BURSTS);
          double extra = (BURST_FACTOR - 1) * base.share(rank);
          return bursting && random.nextDouble() < extra / (1 + extra)
              ? base.tenant(rank)
              : base.next();
        });
  }

  private static Zipf base(Workload workload) {
    return new Zipf(BASE_EXPONENT, 0, workload.tenants(), new SplittableRandom(workload.seed()));
  }

  /** Where the part begins when so many are divided into parts. */
  private static int share(int all, int part, int parts) {
    return (int) ((long) all * part / parts);
  }

  private static Trace trace(String name, Workload workload, IntUnaryOperator tenantOfRequest) {
    int[] tenantOf = new int[workload.requests()];
    long[] millis = new long[workload.requests()];
    int known = workload.tenants();
    for (int i = 0; i < tenantOf.length; i++) {
      tenantOf[i] = tenantOfRequest.applyAsInt(i);
      millis[i] = i * 1_000L / workload.requestsPerSecond();
      known = Math.max(known, tenantOf[i] + 1);
    }
    List<TenantId> tenants = new ArrayList<>(known);
    for (int i = 0; i < known; i++) {
      tenants.add(
          new TenantId(i < workload.tenants() ? "tenant" + i : "once" + (i - workload.tenants())));
    }
    return new Trace(name, millis, tenantOf, tenants);
  }
}
