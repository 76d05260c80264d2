package io.manymodels.adapter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.measuring.Measure;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class JvmFiguresTest {
  private final Map<Measure, Double> figures = new JvmFigures().read();

  private double figure(Measure measure) {
    return Objects.requireNonNull(figures.get(measure), measure.wireName());
  }

  @Test
  void everyFigureOfAProcessIsThere() {
    EnumSet<Measure> ofProcesses = EnumSet.noneOf(Measure.class);
    Arrays.stream(Measure.values())
        .filter(
            each ->
                each.kind() == Measure.Kind.PROCESS_GAUGE
                    || each.kind() == Measure.Kind.PROCESS_COUNTER)
        .forEach(ofProcesses::add);
    // That one is known without the system.
    ofProcesses.remove(Measure.PROCESS_UPTIME_SECONDS);
    assertThat(figures.keySet()).isEqualTo(ofProcesses);
    assertThat(figures.values()).allMatch(value -> value >= 0);
  }

  @Test
  void whatACollectionLeavesIsAPartOfTheHeap() {
    System.gc();
    double live = Objects.requireNonNull(new JvmFigures().read().get(Measure.JVM_HEAP_LIVE_BYTES));
    assertThat(live).isBetween(1e6, figure(Measure.JVM_HEAP_MAX_BYTES));
  }

  @Test
  void freeMemoryIsAPartOfWhatModelsCouldHave() {
    assertThat(figure(Measure.MEMORY_FREE_BYTES))
        .isBetween(1.0, figure(Measure.MEMORY_LIMIT_BYTES));
  }
}
