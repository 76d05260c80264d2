package io.manymodels.holding;

import io.manymodels.loading.ModelLoad;
import io.manymodels.loading.ModelLoads;
import io.manymodels.loading.SharedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the models that a replica holds to their live versions: the new one is loaded beside the
 * old, tried, and takes its place in one step; predictions that run with the old one end first.
 * Thread-safe.
 *
 * <p>Once {@link #refresh} has returned, no request that begins later is answered by a version that
 * was not live when it was called: a load that had begun before is waited for and compared again.
 */
public final class VersionSwitch {
  private static final System.Logger LOG = System.getLogger(VersionSwitch.class.getName());

  /** Refreshes started at once: a fraction of what the queue of loads holds by default. */
  private static final int AT_ONCE = 32;

  private final ModelLoads loads;
  private final ModelLoads.Holder holder;
  private final Ticker ticker;
  private final RefusedVersions refused = new RefusedVersions();
  private volatile Deadline toldUntil;

  VersionSwitch(ModelLoads loads, ModelLoads.Holder holder, Ticker ticker) {
    this.ticker = ticker;
    this.loads = loads;
    this.holder = holder;
    this.toldUntil = Deadline.after(Duration.ZERO, ticker);
  }

  /** Notes until when the registry watcher is taken to look for this replica. */
  void toldUntil(Deadline until) {
    toldUntil = until;
  }

  /** Whether the registry watcher looks for new versions; else this replica does so itself. */
  boolean isTold() {
    return !toldUntil.passed();
  }

  /**
   * Makes the live versions of these tenants the ones that answer, where a model of theirs is held;
   * what of it has not ended when the deadline passes ends later.
   *
   * @return one entry for each tenant, in order
   */
  public List<Refreshed> refresh(Collection<TenantId> tenants, Deadline deadline) {
    return refresh(tenants, () -> deadline);
  }

  /**
   * As {@link #refresh(Collection, Deadline)}, with a deadline of its own for each group of {@value
   * #AT_ONCE} tenants.
   */
  private List<Refreshed> refresh(Collection<TenantId> tenants, Supplier<Deadline> deadlines) {
    SortedMap<TenantId, Refreshed> done = new TreeMap<>();
    List<TenantId> pending = List.copyOf(new TreeSet<>(tenants));
    for (int i = 0; i < pending.size(); i += AT_ONCE) {
      refresh(pending.subList(i, Math.min(pending.size(), i + AT_ONCE)), deadlines.get(), done);
    }
    done.values().forEach(refused::note);
    return List.copyOf(done.values());
  }

  private void refresh(
      List<TenantId> tenants, Deadline deadline, SortedMap<TenantId, Refreshed> done) {
    List<TenantId> pending = tenants;
    while (!pending.isEmpty()) {
      SortedMap<TenantId, ModelLoad> started = new TreeMap<>();
      List<TenantId> again = new ArrayList<>();
      List<ModelLoad> others = new ArrayList<>();
      for (TenantId tenant : pending) {
        Optional<ModelLoad> other = loads.joinUnderWay(tenant);
        if (other.isPresent()) {
          others.add(other.get());
          again.add(tenant);
        } else if (holder.held(tenant).isEmpty()) {
          loads.forget(tenant);
          done.put(tenant, Refreshed.notHeld(tenant));
        } else {
          loads
              .refresh(tenant)
              .ifPresentOrElse(load -> started.put(tenant, load), () -> again.add(tenant));
        }
      }
      started.forEach((tenant, load) -> done.put(tenant, await(tenant, load, deadline)));
      others.forEach(load -> awaitEnd(load, deadline));
      if (deadline.passed()) {
        again.forEach(tenant -> done.put(tenant, tooLate(tenant)));
        return;
      }
      pending = again;
    }
  }

  private Refreshed await(TenantId tenant, ModelLoad load, Deadline deadline) {
    try {
      SharedModel model = load.await(deadline);
      ModelVersion version = model.ref().version();
      model.release();
      return Refreshed.live(tenant, version);
    } catch (ServingException e) {
      return e.code() == ErrorCode.MODEL_NOT_FOUND
          ? Refreshed.gone(tenant)
          : Refreshed.refused(tenant, held(tenant), e.code(), String.valueOf(e.getMessage()));
    }
  }

  private static void awaitEnd(ModelLoad load, Deadline deadline) {
    try {
      load.await(deadline).release();
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "the load before ended with: {0}", e.getMessage());
    }
  }

  private Refreshed tooLate(TenantId tenant) {
    return Refreshed.refused(
        tenant,
        held(tenant),
        ErrorCode.DEADLINE_EXCEEDED,
        "the deadline passed while a load of tenant '" + tenant + "' was under way");
  }

  private Optional<ModelVersion> held(TenantId tenant) {
    return holder.held(tenant).map(model -> model.ref().version());
  }

  /** What is held now, to be compared with the live versions. */
  Comparison compare() {
    SortedMap<TenantId, ModelVersion> held = new TreeMap<>();
    eachHeld(held::put);
    refused.retain(held.keySet());
    return new Comparison(held);
  }

  /** Names what is held now, in no order. */
  void eachHeld(BiConsumer<TenantId, ModelVersion> told) {
    for (SharedModel model : holder.all()) {
      ModelRef ref = model.ref();
      told.accept(ref.tenant(), ref.version());
    }
  }

  /**
   * Compares what was held when it began with what a registry tells, in as many parts as the
   * registry is asked in, and switches what is behind. Not thread-safe.
   *
   * <p>A tenant that the registry no longer has is left as it is: a registry that cannot be seen
   * looks the same, and only an explicit refresh drops a model. So is one whose entry is broken,
   * which is then among {@link #refused}; the others are switched all the same.
   */
  final class Comparison {
    private final SortedMap<TenantId, ModelVersion> held;

    private Comparison(SortedMap<TenantId, ModelVersion> held) {
      this.held = held;
    }

    /** Those whose live versions it needs to know. */
    Set<TenantId> tenants() {
      return Collections.unmodifiableSet(held.keySet());
    }

    /**
     * Takes a part of what the registry tells; tenants that are not held do not matter.
     *
     * @param patience for the loads of {@value #AT_ONCE} models, which are begun at once
     * @return how many were behind
     */
    int take(LiveVersions told, Duration patience) {
      told.broken().forEach(this::noteBroken);
      List<TenantId> behind = behind(told.versions());
      var unused = refresh(behind, () -> Deadline.after(patience, ticker));
      return behind.size();
    }

    private void noteBroken(TenantId tenant, ServingException why) {
      if (held.containsKey(tenant)) {
        refused.note(
            Refreshed.refused(
                tenant,
                VersionSwitch.this.held(tenant),
                why.code(),
                String.valueOf(why.getMessage())));
      }
    }

    private List<TenantId> behind(SortedMap<TenantId, ModelVersion> live) {
      List<TenantId> behind = new ArrayList<>();
      live.forEach(
          (tenant, version) -> {
            @Nullable ModelVersion ours = held.get(tenant);
            if (version.equals(ours)) {
              refused.clear(tenant);
            } else if (ours != null) {
              behind.add(tenant);
            }
          });
      return behind;
    }

    /** To be called when the registry has told of all. */
    void end() {
      refused.endPoll();
    }
  }

  /**
   * Tenants whose live version does not load here, or cannot be told, so that the one before it
   * goes on answering.
   */
  public List<Refreshed> refused() {
    return refused.all().stream()
        .filter(refreshed -> holder.held(refreshed.tenant()).isPresent())
        .toList();
  }
}
