package io.manymodels.watching;

import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.VersionWord;
import io.manymodels.holding.VersionWord.Broken;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one replica reported, and where the registry said something else. Not thread-safe.
 *
 * <p>A difference goes into every word until the replica reports that it is gone, so that no lost
 * message matters.
 */
final class WatchedReplica {
  /** A model that the replica holds. */
  record Holding(ModelVersion version, boolean refused) {}

  private final Map<TenantId, Holding> held = new HashMap<>();
  private final SortedMap<TenantId, Told> differences = new TreeMap<>();

  /** Those of the differences that no word has arrived with. */
  private final Set<TenantId> news = new HashSet<>();

  private long known;

  /** The tenants whose models it holds. */
  Set<TenantId> tenants() {
    return Collections.unmodifiableSet(held.keySet());
  }

  @Nullable Holding held(TenantId tenant) {
    return held.get(tenant);
  }

  boolean hasReported() {
    return known != 0;
  }

  /** Whether something differs that it has not been told. */
  boolean hasNews() {
    return !news.isEmpty();
  }

  void hold(TenantId tenant, Holding holding) {
    held.put(tenant, holding);
  }

  void drop(TenantId tenant) {
    held.remove(tenant);
    agree(tenant);
  }

  void reported(long number) {
    known = number;
  }

  /** Compares what it holds of the tenant with what the registry said. */
  void compare(TenantId tenant, Told told) {
    @Nullable Holding holding = held.get(tenant);
    if (holding == null || !differs(holding, told)) {
      agree(tenant);
    } else if (!told.equals(differences.put(tenant, told))) {
      news.add(tenant);
    }
  }

  private void agree(TenantId tenant) {
    differences.remove(tenant);
    news.remove(tenant);
  }

  /**
   * One that the registry no longer has is left as it is. One that was refused needs to be told
   * also when it is the live version again.
   */
  private static boolean differs(Holding holding, Told told) {
    return told.broken().isPresent()
        || told.live().filter(live -> holding.refused || !live.equals(holding.version)).isPresent();
  }

  /** The word for it. */
  VersionWord word(boolean covered) {
    SortedMap<TenantId, ModelVersion> live = new TreeMap<>();
    List<Broken> broken = new ArrayList<>();
    differences.forEach(
        (tenant, told) -> {
          told.live().ifPresent(version -> live.put(tenant, version));
          // It is noted there once it is refused; a live version is tried again.
          told.broken().filter(why -> mustNote(tenant)).ifPresent(broken::add);
        });
    return new VersionWord(known, covered, live, broken);
  }

  private boolean mustNote(TenantId tenant) {
    @Nullable Holding holding = held.get(tenant);
    return news.contains(tenant) || (holding != null && !holding.refused);
  }

  /** Notes that this word has arrived. */
  void arrived(VersionWord word) {
    word.live()
        .forEach(
            (tenant, version) -> {
              if (Told.live(version).equals(differences.get(tenant))) {
                news.remove(tenant);
              }
            });
    for (Broken why : word.broken()) {
      if (Told.broken(why).equals(differences.get(why.tenant()))) {
        news.remove(why.tenant());
      }
    }
  }

  /** The tenants of a report whose models it holds no longer. */
  List<TenantId> departed(HeldVersions report) {
    return report.whole()
        ? held.keySet().stream().filter(tenant -> !report.held().containsKey(tenant)).toList()
        : report.dropped();
  }
}
