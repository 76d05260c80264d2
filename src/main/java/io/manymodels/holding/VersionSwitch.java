package io.manymodels.holding;

import io.manymodels.loading.ModelLoad;
import io.manymodels.loading.ModelLoads;
import io.manymodels.loading.ModelSource;
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
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

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

  /**
   * After a look at some tenants, by the time that it took: a poll takes a fifth of a processor.
   */
  private static final int REST = 4;

  private static final Duration MAX_REST = Duration.ofMillis(20);

  private final ModelSource source;
  private final ModelLoads loads;
  private final ModelLoads.Holder holder;
  private final Ticker ticker;
  private final RefusedVersions refused = new RefusedVersions();

  VersionSwitch(ModelSource source, ModelLoads loads, ModelLoads.Holder holder, Ticker ticker) {
    this.ticker = ticker;
    this.source = source;
    this.loads = loads;
    this.holder = holder;
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

  /**
   * Asks the registry for the live versions of everything that is held, and switches what is
   * behind. A tenant that the registry no longer has is left as it is: a registry that cannot be
   * seen looks the same, and only an explicit refresh drops a model. So is one whose entry is
   * broken, which is then among {@link #refused}; the others are switched all the same.
   *
   * <p>Rests in between, where the registry is asked for one tenant after the other: predictions
   * that have to wait for a processor wait for a time slice of whoever has it.
   *
   * @param patience for the loads of {@value #AT_ONCE} models, which are begun at once
   * @return how many were behind
   * @throws ServingException {@code STORE_UNAVAILABLE} when the registry as a whole is away
   */
  int poll(Duration patience) {
    SortedMap<TenantId, ModelVersion> held = new TreeMap<>();
    for (SharedModel model : holder.all()) {
      ModelRef ref = model.ref();
      held.put(ref.tenant(), ref.version());
    }
    refused.retain(held.keySet());
    List<TenantId> tenants = List.copyOf(held.keySet());
    int atOnce = Math.min(source.tenantsAtOnce(), Math.max(1, tenants.size()));
    int behind = 0;
    for (int i = 0; i < tenants.size(); i += atOnce) {
      int end = Math.min(tenants.size(), i + atOnce);
      long start = ticker.nanos();
      LiveVersions told = source.liveVersions(tenants.subList(i, end));
      long took = ticker.nanos() - start;
      told.broken().forEach(this::noteBroken);
      List<TenantId> changed = changed(told.versions(), held);
      var unused = refresh(changed, () -> Deadline.after(patience, ticker));
      behind += changed.size();
      if (end < tenants.size()) {
        LockSupport.parkNanos(Math.min(MAX_REST.toNanos(), REST * took));
      }
    }
    refused.endPoll();
    return behind;
  }

  private List<TenantId> changed(
      SortedMap<TenantId, ModelVersion> live, SortedMap<TenantId, ModelVersion> held) {
    List<TenantId> changed = new ArrayList<>();
    live.forEach(
        (tenant, version) -> {
          if (version.equals(held.get(tenant))) {
            refused.clear(tenant);
          } else {
            changed.add(tenant);
          }
        });
    return changed;
  }

  private void noteBroken(TenantId tenant, ServingException why) {
    refused.note(
        Refreshed.refused(tenant, held(tenant), why.code(), String.valueOf(why.getMessage())));
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
