package io.manymodels.deployment;

import io.manymodels.holding.Refreshed;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.quota.RequestRates;
import io.manymodels.routing.Postmortem;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.time.Deadline;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The messages in calls between replicas, but for documents that are sent as they are. Each is a
 * question with all arguments of one call, or an answer that is no record by itself. Written and
 * read by {@link io.manymodels.json.Wire}; the golden files of WireGoldenTest show them.
 */
final class Messages {
  private static final int MAX_BUSIEST = 10_000;

  private Messages() {}

  /** Nothing to ask, or nothing to answer. */
  record Nothing() {
    static final Nothing NOTHING = new Nothing();
  }

  /** A command to a hot replica. */
  enum Kind {
    STATUS,
    LOAD,
    UNLOAD
  }

  /** A command of SharedMemory to a hot replica; answered by a HotReport. */
  record Command(Kind kind, Generation stamp, List<TenantId> tenants, Deadline deadline) {
    Command {
      Objects.requireNonNull(kind, "key 'kind': missing");
      Objects.requireNonNull(stamp, "key 'stamp': missing");
      Objects.requireNonNull(deadline, "key 'deadline': missing");
    }
  }

  /** Names the tenants whose versions a replica must look up. */
  record TenantsQuestion(List<TenantId> tenants, Deadline deadline) {
    TenantsQuestion {
      Objects.requireNonNull(deadline, "key 'deadline': missing");
    }
  }

  /** The tenants that a question was about, in the order that it asked for. */
  record TenantList(List<TenantId> tenants) {}

  /** Asks a replica what another one of its node left behind, by that one's name. */
  record LostReplica(String replica) {
    LostReplica {
      Objects.requireNonNull(replica, "key 'replica': missing");
    }
  }

  /** The traces that a lost replica left behind; empty when it kept no journal. */
  record LeftBehind(Optional<Postmortem> postmortem) {}

  /** The outcome for each tenant's model. */
  record RefreshedModels(List<Refreshed> models) {}

  /**
   * Asks for a table newer than the one that {@code reader} routes by, which also acknowledges that
   * one.
   */
  record TableQuestion(String reader, Generation known) {
    TableQuestion {
      Objects.requireNonNull(reader, "key 'reader': missing");
      Objects.requireNonNull(known, "key 'known': missing");
    }
  }

  /**
   * A placement table.
   *
   * @param generation empty when there is no newer table
   * @param placed tenant to deployment
   * @param pinned those of {@code placed} that traffic cannot move
   */
  record TableAnswer(
      Optional<Generation> generation, SortedMap<TenantId, String> placed, List<TenantId> pinned) {

    static TableAnswer of(Optional<PlacementTable> table) {
      SortedMap<TenantId, String> placed = new TreeMap<>();
      table.ifPresent(
          of -> of.placements().forEach((tenant, at) -> placed.put(tenant, at.deployment())));
      return new TableAnswer(
          table.map(PlacementTable::generation),
          placed,
          table.map(of -> List.copyOf(of.pins().keySet())).orElse(List.of()));
    }

    Optional<PlacementTable> table() {
      SortedMap<TenantId, Placement> placements = new TreeMap<>();
      placed.forEach(
          (tenant, deployment) -> placements.put(tenant, new Placement(deployment, false)));
      pinned.forEach(
          tenant ->
              placements.computeIfPresent(
                  tenant, (name, at) -> new Placement(at.deployment(), true)));
      return generation.map(of -> PlacementTable.of(of, placements));
    }
  }

  /**
   * The traffic that one Dispatcher answered in an interval.
   *
   * @param measured in the same one; empty: a Dispatcher of another build does not measure
   */
  record TrafficReport(List<TenantTraffic> tenants, Optional<MeasuredReport> measured) {}

  /**
   * Asks a replica for its next report of measurements.
   *
   * @param arrived the number of the last one that has arrived; 0 when none has
   */
  record MeasuredQuestion(long arrived) {}

  /** The figures of tenants, in the order that was asked for. */
  record FiguresList(List<TenantFigures> tenants) {}

  /** The version of a tenant's model that a replica holds; empty when it holds none. */
  record HeldModel(Optional<ModelVersion> version) {}

  /** What one Dispatcher is asked for by those who have a quota. */
  record RatesReport(String reader, List<RequestRates> rates) {
    RatesReport {
      Objects.requireNonNull(reader, "key 'reader': missing");
    }
  }

  /** A new dedicated pool: tenant to deployment. */
  record PoolChange(SortedMap<TenantId, String> mapping, Deadline deadline) {
    PoolChange {
      Objects.requireNonNull(deadline, "key 'deadline': missing");
    }
  }

  /** Asks about one tenant. */
  record TenantQuestion(TenantId tenant, Deadline deadline) {
    TenantQuestion {
      Objects.requireNonNull(tenant, "key 'tenant': missing");
      Objects.requireNonNull(deadline, "key 'deadline': missing");
    }
  }

  /**
   * Asks for the tenants that Deploymentx is asked for most.
   *
   * @param limit {@code 1..10000}
   */
  record BusiestQuestion(int limit, Deadline deadline) {
    BusiestQuestion {
      Objects.requireNonNull(deadline, "key 'deadline': missing");
      if (limit < 1 || limit > MAX_BUSIEST) {
        throw new IllegalArgumentException("limit: " + limit + " is not in 1.." + MAX_BUSIEST);
      }
    }
  }
}
