package io.manymodels.json;

import io.manymodels.holding.HotReport;
import io.manymodels.holding.HotReport.Held;
import io.manymodels.holding.HotReport.Refused;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.stats.ModelCost;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Commands to hot replicas and their reports, as JSON. */
public final class ControlJson {
  private ControlJson() {}

  /** What a hot replica is told to do. */
  public enum Kind {
    STATUS,
    LOAD,
    UNLOAD
  }

  /**
   * A command.
   *
   * @param timeoutMillis left for it
   */
  public record Command(
      Kind kind, long term, long number, List<String> tenants, long timeoutMillis) {

    public static Command of(
        Kind kind, Generation stamp, Collection<TenantId> tenants, long timeoutMillis) {
      List<String> names = tenants.stream().map(TenantId::value).toList();
      return new Command(kind, stamp.term(), stamp.number(), names, timeoutMillis);
    }

    public Generation stamp() {
      return new Generation(term, number);
    }

    public List<TenantId> tenantIds() {
      return tenants.stream().map(TenantId::new).toList();
    }
  }

  record HeldModel(
      String tenant, int version, long term, long number, long weightBytes, long loadMicros) {}

  record RefusedModel(String tenant, ErrorCode code, String detail) {}

  record Report(
      long term,
      long number,
      List<HeldModel> held,
      List<RefusedModel> refused,
      PlacementJson.Config config,
      @Nullable String configRefusal,
      StatusJson.Loading loading) {}

  public static String write(Command command) {
    return Json.write(command);
  }

  public static Command readCommand(String json) {
    return Json.read(json, Command.class);
  }

  public static String write(HotReport report) {
    return Json.write(
        new Report(
            report.obeyed().term(),
            report.obeyed().number(),
            report.held().stream().map(ControlJson::held).toList(),
            report.refused().stream()
                .map(r -> new RefusedModel(r.tenant().value(), r.code(), r.detail()))
                .toList(),
            PlacementJson.Config.of(report.config()),
            report.configRefusal().orElse(null),
            StatusJson.Loading.of(report.loading())));
  }

  public static HotReport readReport(String json) {
    Report read = Json.read(json, Report.class);
    return new HotReport(
        new Generation(read.term(), read.number()),
        read.held().stream().map(ControlJson::held).toList(),
        read.refused().stream()
            .map(r -> new Refused(new TenantId(r.tenant()), r.code(), r.detail()))
            .toList(),
        read.config().toConfig(),
        Optional.ofNullable(read.configRefusal()),
        read.loading().toReport());
  }

  private static HeldModel held(Held held) {
    return new HeldModel(
        held.tenant().value(),
        held.version().number(),
        held.since().term(),
        held.since().number(),
        held.cost().weightBytes(),
        held.cost().loadMicros());
  }

  private static Held held(HeldModel held) {
    return new Held(
        new TenantId(held.tenant()),
        new ModelVersion(held.version()),
        new Generation(held.term(), held.number()),
        new ModelCost(held.weightBytes(), held.loadMicros()));
  }
}
