package io.manymodels.adapter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.loading.MemoryMeter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineMeterTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path nothing;

  @Test
  void onMacOsWhatNobodyUsesSaysNothingOfWhatIsFree() {
    MemoryMeter meter = MachineMeter.of("Mac OS X", () -> 16 * GIB, () -> GIB / 16);
    assertThat(meter.limitBytes()).isEqualTo(15 * GIB);
    assertThat(meter.freeBytes()).isEqualTo(15 * GIB);
  }

  @Test
  void onWindowsTheSystemCountsWhatItCanTakeBack() {
    MemoryMeter meter = MachineMeter.of("Windows 11", () -> 16 * GIB, () -> 5 * GIB);
    assertThat(meter.limitBytes()).isEqualTo(15 * GIB);
    assertThat(meter.freeBytes()).isEqualTo(4 * GIB);
    assertThat(MachineMeter.of("Windows 11", () -> 16 * GIB, () -> GIB / 2).freeBytes()).isZero();
  }

  @Test
  void whatTheSystemDoesNotTellIsNoLimit() {
    MemoryMeter meter = MachineMeter.of("Windows 11", () -> 0, () -> -1);
    assertThat(meter.limitBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(meter.freeBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void withoutProcTheJvmIsAsked() {
    MemoryMeter linux = new ThisNode().container();
    MemoryMeter meter = new ThisNode(nothing, nothing).container();
    assertThat(meter.limitBytes()).isBetween(linux.limitBytes() / 2, 2 * linux.limitBytes());
    assertThat(meter.freeBytes()).isBetween(1L, meter.limitBytes());
  }
}
