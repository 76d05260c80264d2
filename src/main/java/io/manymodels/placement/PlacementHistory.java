package io.manymodels.placement;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Displace;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementDecision.Fill;
import io.manymodels.placement.PlacementDecision.Postpone;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import io.manymodels.placement.PlacementDecision.TooHeavy;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A bounded record of the latest decisions, oldest first. Repeated refusals of the same tenant are
 * recorded once a minute. An owner of the table goes on with the record of the one before it.
 * Thread-safe.
 */
public final class PlacementHistory {
  public static final int MAX_EVENTS = 5_000;

  /**
   * More than an owner decides in years, and so few that JSON keeps those of millions of owners.
   */
  static final long NUMBERS_OF_A_TERM = 1_000_000_000;

  private static final int REFUSED_TENANTS = 1_000;
  private static final Duration SAME_REFUSAL = Duration.ofMinutes(1);

  private final Ticker ticker;
  private final Deque<PlacementEvent> events = new ArrayDeque<>();
  private final Map<TenantId, Long> refusedAt = new LinkedHashMap<>();
  private long sequence;
  private long numberedSince;

  public PlacementHistory(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * Begins with what an earlier owner remembered. Numbers go on, but not with the next one: the
   * earlier owner may have made decisions that were read and are not remembered, and a reader that
   * goes on after the last one that it knows must miss none of the new ones.
   *
   * @param term of this owner, {@code >= 1}
   */
  public synchronized void begin(long term, RememberedPlacement before) {
    events.clear();
    events.addAll(before.decisions());
    sequence = (term - 1) * NUMBERS_OF_A_TERM;
    events.forEach(event -> sequence = Math.max(sequence, event.sequence()));
    numberedSince = before.isEmpty() ? term : before.numberedSince();
  }

  /**
   * The term of the owner that made the first of all numbered decisions: as long as it stays, none
   * has been lost but by the bound. 0 before {@link #begin}.
   */
  public synchronized long numberedSince() {
    return numberedSince;
  }

  /** All that is recorded, oldest first. */
  public synchronized List<PlacementEvent> all() {
    return List.copyOf(events);
  }

  /** The events after this sequence number, oldest first, at most {@code limit} of them. */
  public synchronized List<PlacementEvent> after(long since, int limit) {
    return events.stream().filter(event -> event.sequence() > since).limit(limit).toList();
  }

  /** The events at or after this moment, oldest first, at most {@code limit} of them. */
  public synchronized List<PlacementEvent> from(Instant start, int limit) {
    return events.stream().filter(event -> !event.at().isBefore(start)).limit(limit).toList();
  }

  /** The sequence number of the last event; 0 before the first one. */
  public synchronized long last() {
    return sequence;
  }

  /** The tenant's events, latest first, at most {@code limit} of them. */
  public synchronized List<PlacementEvent> of(TenantId tenant, int limit) {
    List<PlacementEvent> found = new ArrayList<>();
    var latestFirst = events.descendingIterator();
    while (latestFirst.hasNext() && found.size() < limit) {
      PlacementEvent event = latestFirst.next();
      if (event.tenant().equals(tenant)) {
        found.add(event);
      }
    }
    return found;
  }

  /** The tenant's latest event that changed its place or pin. */
  public synchronized Optional<PlacementEvent> lastChange(TenantId tenant) {
    return of(tenant, MAX_EVENTS).stream().filter(e -> e.kind().changedThePlace()).findFirst();
  }

  /** A decision of the policy that was carried out, or that was to change nothing. */
  public synchronized void decided(PlacementDecision decision, Generation generation) {
    TenantId tenant = decision.tenant();
    Figures figures = decision.figures();
    if (decision instanceof Fill fill) {
      add(
          generation,
          Kind.PROMOTED,
          tenant,
          fill.deployment(),
          List.of(),
          "a place was free",
          figures);
    } else if (decision instanceof Displace displace) {
      String reason =
          text("it was worth %s, more than the %s that those it displaced asked for", figures);
      add(
          generation,
          Kind.PROMOTED,
          tenant,
          displace.deployment(),
          displace.victims(),
          reason,
          figures);
      for (TenantId victim : displace.victims()) {
        String why = EvictionCause.DISPLACED + ": " + tenant + " was worth more";
        add(generation, Kind.EVICTED, victim, displace.deployment(), List.of(tenant), why, figures);
      }
    } else if (isNews(tenant)) {
      refused(decision, generation, figures);
    }
  }

  private void refused(PlacementDecision decision, Generation generation, Figures figures) {
    TenantId tenant = decision.tenant();
    if (decision instanceof StayOverflow stay) {
      String reason = text("it was worth %s, not more than the %s that a place asked for", figures);
      add(generation, Kind.REFUSED, tenant, stay.deployment(), stay.contenders(), reason, figures);
    } else if (decision instanceof Postpone) {
      String reason = "the limit of moves a second was reached";
      add(generation, Kind.POSTPONED, tenant, "", List.of(), reason, figures);
    } else if (decision instanceof TooHeavy) {
      String reason = "its model is heavier than what traffic may fill in any deployment";
      add(generation, Kind.REFUSED, tenant, "", List.of(), reason, figures);
    }
  }

  private boolean isNews(TenantId tenant) {
    long now = ticker.nanos();
    @Nullable Long before = refusedAt.remove(tenant);
    boolean news = before == null || now - before > SAME_REFUSAL.toNanos();
    refusedAt.put(tenant, news || before == null ? now : before);
    if (refusedAt.size() > REFUSED_TENANTS) {
      TenantId eldest = refusedAt.keySet().iterator().next();
      refusedAt.remove(eldest);
    }
    return news;
  }

  /** A promotion that was decided and could not be carried out. */
  public synchronized void failed(
      PlacementDecision decision, String deployment, Generation generation, String why) {
    add(generation, Kind.FAILED, decision.tenant(), deployment, List.of(), why, decision.figures());
  }

  /** A tenant that had a place before a restart and does not get it back. */
  public synchronized void notRestored(
      TenantId tenant, String deployment, Generation generation, String why) {
    String reason = EvictionCause.NOT_RESTORED + ": " + why;
    add(generation, Kind.EVICTED, tenant, deployment, List.of(), reason, null);
  }

  /** Everything in which a table that traffic did not make differs from the one before. */
  public synchronized void changed(
      PlacementTable before, PlacementTable after, Kind kind, EvictionCause cause, String reason) {
    before
        .placements()
        .forEach(
            (tenant, placement) -> {
              if (after.placement(tenant).isEmpty()) {
                String why = cause + ": " + reason;
                add(
                    after.generation(),
                    Kind.EVICTED,
                    tenant,
                    placement.deployment(),
                    List.of(),
                    why,
                    null);
              }
            });
    after
        .placements()
        .forEach(
            (tenant, placement) -> {
              Optional<Placement> was = before.placement(tenant);
              if (!was.equals(Optional.of(placement))) {
                Kind what = kind(was, placement, kind);
                add(
                    after.generation(),
                    what,
                    tenant,
                    placement.deployment(),
                    List.of(),
                    reason,
                    null);
              }
            });
  }

  /** A hot deployment answers with another version of a tenant's model. */
  public synchronized void switched(
      TenantId tenant,
      String deployment,
      Generation generation,
      ModelVersion before,
      ModelVersion now) {
    String reason = "version " + now + " answers in place of version " + before;
    add(generation, Kind.SWITCHED, tenant, deployment, List.of(), reason, null);
  }

  private static Kind kind(Optional<Placement> before, Placement now, Kind otherwise) {
    boolean samePlace = before.filter(b -> b.deployment().equals(now.deployment())).isPresent();
    if (now.pinned()) {
      return Kind.PINNED;
    }
    return samePlace ? Kind.UNPINNED : otherwise;
  }

  private void add(
      Generation generation,
      Kind kind,
      TenantId tenant,
      String deployment,
      List<TenantId> others,
      String reason,
      @Nullable Figures figures) {
    events.add(
        new PlacementEvent(
            ++sequence,
            ticker.now(),
            generation,
            kind,
            tenant,
            deployment,
            others,
            reason,
            Optional.ofNullable(figures)));
    if (events.size() > MAX_EVENTS) {
      events.remove();
    }
    if (kind.changedThePlace()) {
      refusedAt.remove(tenant);
    }
  }

  private static String text(String form, Figures figures) {
    return String.format(
        Locale.ROOT,
        form,
        String.format(Locale.ROOT, "%.2f", figures.worth().benefit()),
        String.format(Locale.ROOT, "%.2f", figures.bar()));
  }
}
