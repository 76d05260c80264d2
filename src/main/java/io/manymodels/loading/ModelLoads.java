package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.tracing.Span;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Loads models on a few threads of its own: one load at a time per tenant, however many ask; a
 * bounded queue; and failed loads are remembered ({@link LoadFailures}). Thread-safe.
 */
public final class ModelLoads implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ModelLoads.class.getName());

  private final ModelSource source;
  private final BoundedPool threads;
  private final LoadFailures<TenantId> failures;
  private final LoadFailures<ArtifactDescriptor> refusedVersions;
  private final ConcurrentMap<TenantId, ModelLoad> underWay = new ConcurrentHashMap<>();

  /** Keeps the loaded models. */
  public interface Holder {

    /**
     * Becomes the owner of {@code model}, in place of the tenant's model held before, which it
     * releases; called on the loading thread, before anybody who waits.
     */
    void hold(SharedModel model);

    /** The tenant's model when it is held now. */
    Optional<SharedModel> held(TenantId tenant);

    /** Releases the tenant's model if it is held. */
    void drop(TenantId tenant);

    /** All models held now. */
    Collection<SharedModel> all();
  }

  private final Holder holder;

  /**
   * @param threadCount models loaded at once
   * @param queueLength loads that may wait; more are refused with {@code OVERLOADED}
   */
  public ModelLoads(
      ModelSource source, Holder holder, int threadCount, int queueLength, Ticker ticker) {
    this.source = source;
    this.holder = holder;
    this.threads = BoundedPool.of("model-load", threadCount, queueLength);
    this.failures = new LoadFailures<>(ticker);
    this.refusedVersions = new LoadFailures<>(ticker);
  }

  public void setThreads(int threadCount) {
    threads.resize(threadCount);
  }

  /**
   * Joins the load of the tenant's live model: the one under way, or a new one. The caller must
   * await it once. It fails as {@link ModelSource#load} does, and with {@code OVERLOADED} when the
   * queue is full.
   */
  public ModelLoad join(TenantId tenant) {
    return join(tenant, Span.NONE);
  }

  /**
   * As {@link #join(TenantId)}.
   *
   * @param span of which the load becomes a part, if it is not under way yet
   */
  public ModelLoad join(TenantId tenant, Span span) {
    while (true) {
      ModelLoad load = underWay.computeIfAbsent(tenant, t -> new ModelLoad());
      if (load.join()) {
        if (load.start()) {
          start(tenant, load, span);
        } else {
          span.put("mms.joined", 1);
        }
        return load;
      }
    }
  }

  /** The load or refresh of the tenant that is under way, joined; empty when there is none. */
  public Optional<ModelLoad> joinUnderWay(TenantId tenant) {
    @Nullable ModelLoad load = underWay.get(tenant);
    return load != null && load.join() ? Optional.of(load) : Optional.empty();
  }

  /**
   * Starts to replace what is held of the tenant by the live version, if that is another, and joins
   * this. Requests for the tenant's model join it meanwhile. Empty when a load is under way: it may
   * have begun before the version became live, so it is to be awaited first.
   *
   * <p>Ends with the live model, or with why it is not held: {@code MODEL_NOT_FOUND} after what was
   * held has been dropped, anything else with what was held still there.
   */
  public Optional<ModelLoad> refresh(TenantId tenant) {
    ModelLoad load = new ModelLoad();
    load.join();
    load.start();
    if (underWay.putIfAbsent(tenant, load) != null) {
      return Optional.empty();
    }
    // A load that failed before may succeed with what is live now.
    failures.forget(tenant);
    execute(tenant, load, () -> runRefresh(tenant, load));
    return Optional.of(load);
  }

  private void start(TenantId tenant, ModelLoad load, Span span) {
    Optional<ServingException> failure = failures.pausing(tenant);
    if (failure.isPresent()) {
      fail(tenant, load, failure.get());
      return;
    }
    // A caller that missed the model just before another load of it ended must not load it again.
    Optional<SharedModel> held = holder.held(tenant);
    if (held.isPresent() && held.get().acquire()) {
      succeed(tenant, load, held.get());
      return;
    }
    execute(tenant, load, () -> LoggedRequest.log(span, () -> run(tenant, load, span)));
  }

  private void execute(TenantId tenant, ModelLoad load, Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      fail(
          tenant,
          load,
          new ServingException(ErrorCode.OVERLOADED, "too many models are waiting to be loaded"));
    }
  }

  private void run(TenantId tenant, ModelLoad load, Span span) {
    try {
      SharedModel model = source.load(tenant, span);
      failures.forget(tenant);
      hold(tenant, load, model);
    } catch (RuntimeException | Error e) {
      ServingException cause = asServingException(tenant, e);
      failures.remember(tenant, cause);
      fail(tenant, load, cause);
    }
  }

  private void runRefresh(TenantId tenant, ModelLoad load) {
    try {
      ArtifactDescriptor live = source.live(tenant);
      Optional<SharedModel> held = holder.held(tenant);
      if (held.isPresent() && held.get().artifact().equals(live) && held.get().acquire()) {
        succeed(tenant, load, held.get());
        return;
      }
      replace(tenant, load, live);
    } catch (RuntimeException | Error e) {
      ServingException cause = asServingException(tenant, e);
      if (cause.code() == ErrorCode.MODEL_NOT_FOUND) {
        holder.drop(tenant);
      }
      fail(tenant, load, cause);
    }
  }

  private void replace(TenantId tenant, ModelLoad load, ArtifactDescriptor live) {
    Optional<ServingException> refused = refusedVersions.pausing(live);
    if (refused.isPresent()) {
      throw refused.get();
    }
    try {
      hold(tenant, load, source.load(live));
    } catch (RuntimeException | Error e) {
      ServingException cause = asServingException(tenant, e);
      refusedVersions.remember(live, cause);
      throw cause;
    }
  }

  private void hold(TenantId tenant, ModelLoad load, SharedModel model) {
    if (!model.acquire()) {
      throw new IllegalStateException("a model was born closed");
    }
    holder.hold(model);
    succeed(tenant, load, model);
  }

  private static ServingException asServingException(TenantId tenant, Throwable e) {
    if (e instanceof ServingException known) {
      return known;
    }
    LOG.log(System.Logger.Level.ERROR, "loading tenant " + tenant, e);
    return new ServingException(
        ErrorCode.LOAD_FAILED, "the model of tenant '" + tenant + "' cannot be loaded", e);
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

  /**
   * Has the next load of the tenant ask the registry, whatever is known of it: it does not wait for
   * the end of a pause, and does not fall back on a version that was live before.
   */
  public void forget(TenantId tenant) {
    failures.forget(tenant);
    source.forget(tenant);
  }

  /** The failure of the tenant's last load; empty when it succeeded. */
  public Optional<ServingException> failure(TenantId tenant) {
    return failures.last(tenant);
  }

  /** Ends the threads; loads that wait fail with {@code NO_REPLICA}. */
  @Override
  public void close() {
    threads.close();
    ServingException closing =
        new ServingException(ErrorCode.NO_REPLICA, "the replica is shutting down");
    underWay.forEach((tenant, load) -> fail(tenant, load, closing));
  }
}
