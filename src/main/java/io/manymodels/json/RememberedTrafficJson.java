package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.manymodels.model.TenantId;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.RememberedTraffic;
import io.manymodels.stats.RememberedTraffic.Mean;
import io.manymodels.stats.RememberedTraffic.Scores;
import io.manymodels.stats.RememberedTraffic.Tenant;
import java.time.Duration;
import java.util.List;

/** The traffic in {@link RememberedJson}. */
final class RememberedTrafficJson {
  private static final int DIGITS = 4;

  private RememberedTrafficJson() {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Traffic(
      String at,
      List<Long> halfLivesMs,
      int inForce,
      List<Double> scores,
      double requests,
      Average average,
      List<Row> tenants) {
    Traffic {
      RememberedJson.require("at", at != null);
      RememberedJson.require("half_lives_ms", isWhole(halfLivesMs));
      RememberedJson.require("scores", isWhole(scores));
      RememberedJson.require("average", average != null);
      RememberedJson.require("tenants", isWhole(tenants));
    }

    static Traffic of(RememberedTraffic traffic) {
      return new Traffic(
          traffic.at().toString(),
          traffic.halfLives().stream().map(Duration::toMillis).toList(),
          traffic.inForce(),
          rounded(traffic.scores().ofHalfLives()),
          traffic.scores().requests(),
          new Average(
              traffic.mean().loadMillis(), traffic.mean().weightBytes(), traffic.mean().count()),
          traffic.tenants().stream().map(Row::of).toList());
    }

    RememberedTraffic toTraffic() {
      return new RememberedTraffic(
          RememberedJson.instant(at),
          halfLivesMs.stream().map(Duration::ofMillis).toList(),
          inForce,
          new Scores(scores, requests),
          new Mean(average.loadMs(), average.weightBytes(), average.models()),
          tenants.stream().map(Row::toTenant).toList());
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Average(double loadMs, double weightBytes, long models) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Row(String tenant, List<Double> hits, long version, long weightBytes, long loadMicros) {
    Row {
      RememberedJson.require("tenant", tenant != null);
      RememberedJson.require("hits", isWhole(hits));
    }

    private static Row of(Tenant of) {
      return new Row(
          of.tenant().value(),
          rounded(of.hits()),
          of.version(),
          of.cost().weightBytes(),
          of.cost().loadMicros());
    }

    private Tenant toTenant() {
      return new Tenant(
          new TenantId(tenant), hits, version, new ModelCost(weightBytes, loadMicros));
    }
  }

  private static boolean isWhole(List<?> values) {
    return values != null && values.stream().allMatch(value -> value != null);
  }

  private static List<Double> rounded(List<Double> values) {
    return values.stream().map(RememberedTrafficJson::rounded).toList();
  }

  /** To four digits; what is less than a thousandth of a request is nothing. */
  private static double rounded(double value) {
    if (value < 1e-3) {
      return 0;
    }
    int before = (int) Math.floor(Math.log10(value)) + 1;
    double factor = Math.pow(10, Math.abs(DIGITS - before));
    return before > DIGITS
        ? Math.rint(value / factor) * factor
        : Math.rint(value * factor) / factor;
  }
}
