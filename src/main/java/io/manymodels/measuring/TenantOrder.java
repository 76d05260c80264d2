package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/** The orders in which tenants are listed, the greatest first; those alike by name. */
public enum TenantOrder {
  /** By requests, of which each counts half after ten minutes. */
  REQUESTS("requests", Comparator.comparingDouble(TenantFigures::recentRequests)),
  /** By failures, likewise. */
  ERRORS("errors", Comparator.comparingDouble(TenantFigures::recentErrors)),
  P50("p50", Comparator.comparingDouble(TenantFigures::p50)),
  P95("p95", Comparator.comparingDouble(TenantFigures::p95)),
  P99("p99", Comparator.comparingDouble(TenantFigures::p99)),
  LOADS("loads", Comparator.comparingLong(TenantFigures::loads)),
  LAST_USED("last_used", Comparator.comparingLong(TenantFigures::lastUsedMillis)),
  PREDICTION_SECONDS(
      "prediction_seconds", Comparator.comparingDouble(TenantFigures::predictionSeconds)),
  /** By name, the first of the alphabet first. */
  NAME(
      "name",
      Comparator.comparing(TenantFigures::tenant, Comparator.<TenantId>naturalOrder().reversed()));

  private final String word;

  @SuppressWarnings("ImmutableEnumChecker") // It has no state.
  private final Comparator<TenantFigures> order;

  TenantOrder(String word, Comparator<TenantFigures> smallestFirst) {
    this.word = word;
    this.order = smallestFirst.reversed().thenComparing(TenantFigures::tenant);
  }

  /** The name in a query. */
  public String word() {
    return word;
  }

  /** The first one is listed first. */
  Comparator<TenantFigures> order() {
    return order;
  }

  /** The order of this {@link #word}. */
  public static Optional<TenantOrder> ofWord(String word) {
    return Arrays.stream(values()).filter(each -> each.word.equals(word)).findAny();
  }

  /** All words, for messages. */
  public static String words() {
    return Arrays.stream(values()).map(TenantOrder::word).collect(Collectors.joining(", "));
  }
}
