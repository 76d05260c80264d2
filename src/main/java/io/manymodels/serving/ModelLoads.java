package io.manymodels.serving;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Loads models on a few threads of its own: one load at a time per tenant, however many ask; a
 * bounded queue; and a failed load is remembered for a time that doubles with each failure, so that
 * a broken model cannot eat the registry. Thread-safe.
 */
final class ModelLoads implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ModelLoads.class.getName());
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);
  private static final int REMEMBERED_FAILURES = 10_000;

  /** How long failures are kept after their pause, to know the next pause. */
  private static final Duration MEMORY = Duration.ofMinutes(5);

  private record Failure(ServingException cause, int times, Deadline pause) {}

  private final ModelSource source;
  private final Ticker ticker;
  private final ThreadPoolExecutor threads;
  private final Cache<TenantId, Failure> failures;
  private final ConcurrentMap<TenantId, ModelLoad> underWay = new ConcurrentHashMap<>();

  /** Keeps the loaded models. */
  interface Holder {

    /**
     * Becomes the owner of {@code model}; called on the loading thread, before anybody who waits.
     */
    void hold(SharedModel model);

    /** The tenant's model when it is held now. */
    Optional<SharedModel> held(TenantId tenant);
  }

  private final Holder holder;

  /**
   * @param threadCount models loaded at once
   * @param queueLength loads that may wait; more are refused with {@code OVERLOADED}
   */
  ModelLoads(ModelSource source, Holder holder, int threadCount, int queueLength, Ticker ticker) {
    this.source = source;
    this.holder = holder;
    this.ticker = ticker;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(queueLength),
            task -> {
              Thread thread = new Thread(task, "model-load-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    this.failures =
        Caffeine.newBuilder()
            .maximumSize(REMEMBERED_FAILURES)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .expireAfter(
                Expiry.<TenantId, Failure>writing(
                    (tenant, failure) -> failure.pause().remaining().plus(MEMORY)))
            .build();
  }

  void setThreads(int threadCount) {
    if (threadCount > threads.getMaximumPoolSize()) {
      threads.setMaximumPoolSize(threadCount);
      threads.setCorePoolSize(threadCount);
    } else {
      threads.setCorePoolSize(threadCount);
      threads.setMaximumPoolSize(threadCount);
    }
  }

  /**
   * Joins the load of the tenant's live model: the one under way, or a new one. The caller must
   * await it once. It fails as {@link ModelSource#load} does, and with {@code OVERLOADED} when the
   * queue is full.
   */
  ModelLoad join(TenantId tenant) {
    while (true) {
      ModelLoad load = underWay.computeIfAbsent(tenant, t -> new ModelLoad());
      if (load.join()) {
        if (load.start()) {
          start(tenant, load);
        }
        return load;
      }
    }
  }

  private void start(TenantId tenant, ModelLoad load) {
    @Nullable Failure failure = failures.getIfPresent(tenant);
    if (failure != null && !failure.pause().passed()) {
      fail(tenant, load, failure.cause());
      return;
    }
    // Whoever missed the model just before another load of it ended must not load it again.
    Optional<SharedModel> held = holder.held(tenant);
    if (held.isPresent() && held.get().acquire()) {
      succeed(tenant, load, held.get());
      return;
    }
    try {
      threads.execute(() -> run(tenant, load));
    } catch (RejectedExecutionException e) {
      fail(
          tenant,
          load,
          new ServingException(ErrorCode.OVERLOADED, "too many models are waiting to be loaded"));
    }
  }

  private void run(TenantId tenant, ModelLoad load) {
    try {
      SharedModel model = source.load(tenant);
      failures.invalidate(tenant);
      if (!model.acquire()) {
        throw new IllegalStateException("a model was born closed");
      }
      holder.hold(model);
      succeed(tenant, load, model);
    } catch (ServingException e) {
      remember(tenant, e);
      fail(tenant, load, e);
    } catch (RuntimeException | Error e) {
      ServingException unexpected =
          new ServingException(
              ErrorCode.LOAD_FAILED, "the model of tenant '" + tenant + "' cannot be loaded", e);
      LOG.log(System.Logger.Level.ERROR, "loading tenant " + tenant, e);
      remember(tenant, unexpected);
      fail(tenant, load, unexpected);
    }
  }

  private void succeed(TenantId tenant, ModelLoad load, SharedModel acquired) {
    underWay.remove(tenant, load);
    load.succeed(acquired);
    acquired.release();
  }

  private void fail(TenantId tenant, ModelLoad load, ServingException cause) {
    underWay.remove(tenant, load);
    load.fail(cause);
  }

  /** What the tenant's last load failed with, when it failed and none has succeeded since. */
  Optional<ServingException> failure(TenantId tenant) {
    return Optional.ofNullable(failures.getIfPresent(tenant)).map(Failure::cause);
  }

  private void remember(TenantId tenant, ServingException cause) {
    @Nullable Failure before = failures.getIfPresent(tenant);
    int times = before == null ? 1 : before.times() + 1;
    Duration pause =
        switch (cause.code()) {
          case MODEL_NOT_FOUND, STORE_UNAVAILABLE -> FIRST_PAUSE;
          default -> {
            Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(times - 1, 10));
            yield doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
          }
        };
    failures.put(tenant, new Failure(cause, times, Deadline.after(pause, ticker)));
  }

  /** Ends the threads; loads that wait fail with {@code NO_REPLICA}. */
  @Override
  public void close() {
    threads.shutdownNow();
    ServingException closing =
        new ServingException(ErrorCode.NO_REPLICA, "the replica is shutting down");
    underWay.forEach((tenant, load) -> fail(tenant, load, closing));
  }
}
