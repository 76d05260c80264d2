package io.manymodels.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.measuring.Count;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.ReportBook;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.Eventually;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** SharedMemory asks replicas for what they have measured, over a network that loses answers. */
class MeasuredFleetTest implements MeasuredReplicas, ReplicaDirectory {
  private static final ReplicaId GOOD = new ReplicaId("Deployment1", "Deployment1#1");
  private static final ReplicaId OLD = new ReplicaId("Deployment1", "Deployment1#2");

  private final Measurements measurements = Measurements.unread();
  private final Count count = measurements.count(Measure.PREDICTIONS, "hot", "ok");
  private final ReportBook book =
      new ReportBook(measurements, GOOD.name(), GOOD.deployment(), Ticker.SYSTEM);
  private final AtomicInteger asked = new AtomicInteger();
  private final MeasuredFleet fleet = MeasuredFleet.ofOneProcess();

  @AfterEach
  void close() {
    fleet.close();
  }

  /** Every second answer is lost. */
  @Override
  public MeasuredReport measured(ReplicaId replica, long arrived, Deadline deadline) {
    if (replica.equals(OLD)) {
      throw new ServingException(ErrorCode.INTERNAL, "a replica has no method 'measured'");
    }
    book.arrived(arrived);
    MeasuredReport report = book.next();
    if (asked.incrementAndGet() % 2 == 0) {
      throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, "the answer is lost");
    }
    return report;
  }

  @Override
  public List<ReplicaId> replicas(String deployment) {
    return List.of(GOOD, OLD);
  }

  @Override
  public void reportLost(ReplicaId replica) {}

  @Override
  public void onChange(Runnable listener) {}

  private long counted() {
    return fleet.totals().counts().getOrDefault("predictions|hot|ok", 0L);
  }

  @Test
  void nothingIsLostAndNothingCountedTwice() {
    fleet.follow(this, List.of("Deployment1"), this, Duration.ofMillis(1));
    for (int i = 0; i < 1_000; i++) {
      count.increment();
    }
    Eventually.holds("all is counted", () -> counted() == 1_000);
    int before = asked.get();
    Eventually.holds("it was asked again", () -> asked.get() > before + 10);
    assertThat(counted()).isEqualTo(1_000);
    assertThat(fleet.totals().processes()).hasSize(1);
  }
}
