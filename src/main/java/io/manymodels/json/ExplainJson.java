package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.stats.Worth;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why tenants are where they are, as JSON that operators read. */
public final class ExplainJson {
  private ExplainJson() {}

  /** The answer to GET /placement/{tenant}. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record Tenant(
      String tenant,
      String deployment,
      boolean pinned,
      @Nullable String since,
      String generation,
      @Nullable String why,
      List<String> displaced,
      Demand demand,
      Outlook outlook,
      List<Event> events) {}

  /** The worth of its place. */
  public record Demand(
      double requests,
      double halfLifeS,
      double requestsPerSecond,
      double cost,
      double benefit,
      long weightBytes) {}

  /** The changes that would move it. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record Outlook(String text, @Nullable Double bar, List<String> rivals) {}

  /** The answer to GET /placement. */
  public record Decisions(long term, long next, List<Event> decisions) {}

  /** The answer to GET /events: moves after a sequence number, eldest first. */
  public record Moves(long term, long next, List<Event> moves) {}

  /** One decision; without benefit and bar when traffic did not decide. */
  public record Event(
      long sequence,
      String at,
      String generation,
      String kind,
      String tenant,
      String deployment,
      List<String> others,
      String reason,
      @Nullable Double benefit,
      @Nullable Double bar) {}

  /**
   * @param overflow Serve name of the deployment that serves whoever is not placed
   * @param generation of the table in force
   */
  public static Tenant tenant(Explanation of, String overflow, String generation) {
    Optional<PlacementEvent> since = of.since();
    return new Tenant(
        of.tenant().value(),
        of.placement().map(placement -> placement.deployment()).orElse(overflow),
        of.placement().map(placement -> placement.pinned()).orElse(false),
        since.map(event -> event.at().toString()).orElse(null),
        since.map(event -> event.generation().toString()).orElse(generation),
        since.map(PlacementEvent::reason).orElse(null),
        since
            .filter(event -> event.kind() == Kind.PROMOTED)
            .map(event -> names(event.others()))
            .orElse(List.of()),
        demand(of.worth(), of.halfLife()),
        new Outlook(
            of.outlook().text(),
            of.outlook().bar().map(ExplainJson::finite).orElse(null),
            names(of.outlook().rivals())),
        of.events().stream().map(ExplainJson::event).toList());
  }

  private static Demand demand(Worth worth, Duration halfLife) {
    double seconds = halfLife.toNanos() / 1e9;
    // Requests at a steady rate r, each halved after every half-life, add up to r * seconds / ln 2.
    double perSecond = seconds > 0 ? worth.hits() * Math.log(2) / seconds : 0;
    return new Demand(
        worth.hits(), seconds, perSecond, worth.cost(), worth.benefit(), worth.weightBytes());
  }

  /**
   * @param term of the owner that numbered the first decision
   * @param events oldest first
   * @param next what to ask for next when there are none
   */
  public static Decisions decisions(long term, long next, List<PlacementEvent> events) {
    return new Decisions(
        term,
        events.isEmpty() ? next : events.get(events.size() - 1).sequence(),
        events.stream().map(ExplainJson::event).toList());
  }

  static Event event(PlacementEvent of) {
    return new Event(
        of.sequence(),
        of.at().toString(),
        of.generation().toString(),
        of.kind().name().toLowerCase(Locale.ROOT),
        of.tenant().value(),
        of.deployment(),
        names(of.others()),
        of.reason(),
        of.figures().map(figures -> finite(figures.worth().benefit())).orElse(null),
        of.figures().map(figures -> finite(figures.bar())).orElse(null));
  }

  /** JSON has no infinity, which is the bar where nothing that may leave is enough. */
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static List<String> names(List<TenantId> tenants) {
    return tenants.stream().map(TenantId::value).toList();
  }
}
