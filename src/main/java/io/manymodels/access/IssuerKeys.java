package io.manymodels.access;

import com.nimbusds.jose.jwk.JWKSet;
import io.manymodels.access.GateStatus.IssuerStatus;
import io.manymodels.quota.RateLimit;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of one issuer: fetched on a thread of its own from time to time, and when a token
 * names a key that is not among them. While the issuer is away those that are known stay in force.
 * Thread-safe.
 */
final class IssuerKeys implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(IssuerKeys.class.getName());

  /** Between two looks that nobody asked for. */
  private static final Duration PERIOD = Duration.ofMinutes(5);

  /** Before the next look after one that failed; and between two looks at a file. */
  private static final Duration SHORT_PERIOD = Duration.ofSeconds(5);

  /** Looks that tokens can cause: some at once, and then one in ten seconds. */
  private static final double ASKED_PER_SECOND = 0.1;

  private static final int ASKED_AT_ONCE = 5;

  private final String name;
  private final KeySource source;
  private final RateLimit asked;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore due = new Semaphore(1);
  private volatile @Nullable JWKSet known;
  private volatile String failure = "";
  private CompletableFuture<Void> next = new CompletableFuture<>();
  private @Nullable CompletableFuture<Void> running;

  private IssuerKeys(String name, KeySource source, Ticker ticker) {
    this.name = name;
    this.source = source;
    this.asked = new RateLimit(ASKED_PER_SECOND, ASKED_AT_ONCE, ticker);
  }

  /** Begins to look. */
  static IssuerKeys start(String name, KeySource source, Ticker ticker) {
    IssuerKeys keys = new IssuerKeys(name, source, ticker);
    DaemonLoop.start("issuer-" + name, keys.closed, keys::turn);
    return keys;
  }

  /** The keys; the same object until others are found. Null until some were. */
  @Nullable JWKSet known() {
    return known;
  }

  /**
   * Completes after a look that began after this call, or at once when there were too many lately;
   * never fails. What hangs on it must not block.
   */
  synchronized CompletableFuture<Void> look(boolean anyWillDo) {
    @Nullable CompletableFuture<Void> now = running;
    if (anyWillDo && now != null) {
      return now;
    }
    if (closed.getCount() == 0 || asked.take(1) > 0) {
      return CompletableFuture.completedFuture(null);
    }
    due.release();
    return next;
  }

  private void turn() throws InterruptedException {
    Duration wait = failure.isEmpty() && !source.isCheap() && known != null ? PERIOD : SHORT_PERIOD;
    var unused = due.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
    CompletableFuture<Void> now = begin();
    try {
      fetch();
    } finally {
      end();
      now.complete(null);
    }
  }

  private synchronized CompletableFuture<Void> begin() {
    due.drainPermits();
    CompletableFuture<Void> now = next;
    running = now;
    next = new CompletableFuture<>();
    return now;
  }

  private synchronized void end() {
    running = null;
  }

  private void fetch() {
    try {
      JWKSet found = source.fetch();
      @Nullable JWKSet before = known;
      // Both without what only the owner of a private key may see.
      if (before == null || !found.toString(true).equals(before.toString(true))) {
        known = found;
        LOG.log(System.Logger.Level.INFO, "issuer {0} has {1} keys", name, found.getKeys().size());
      }
      failure = "";
    } catch (IOException | ParseException | RuntimeException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(failure)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "the keys of issuer {0} cannot be fetched, those that are known stay in force: {1}",
            name,
            why);
      }
      failure = why.isEmpty() ? e.getClass().getSimpleName() : why;
    }
  }

  IssuerStatus status() {
    int count = Optional.ofNullable(known).map(keys -> keys.getKeys().size()).orElse(0);
    return new IssuerStatus(name, count, failure);
  }

  @Override
  public void close() {
    closed.countDown();
    due.release();
  }
}
