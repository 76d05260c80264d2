package io.manymodels.adapter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.loading.MemoryMeter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerMeterTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private ContainerMeter meter() {
    return ContainerMeter.of(root.resolve("proc"), root.resolve("cgroup"));
  }

  @BeforeEach
  void aMachineOf16Gib() throws IOException {
    write("proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:   8388608 kB\n");
  }

  @Test
  void theTightestGroupCounts() throws IOException {
    write("proc/self/cgroup", "0::/pod/container\n");
    write("cgroup/memory.stat", "inactive_file 5\n");
    write("cgroup/pod/memory.max", "max\n");
    write("cgroup/pod/memory.current", "900000000\n");
    write("cgroup/pod/container/memory.max", 1_024 * MIB + "\n");
    write("cgroup/pod/container/memory.current", 600 * MIB + "\n");
    write("cgroup/pod/container/memory.stat", "anon 3\ninactive_file " + 100 * MIB + "\n");
    assertThat(meter().limitBytes()).isEqualTo(960 * MIB);
    assertThat(meter().freeBytes()).isEqualTo(460 * MIB);
    write("cgroup/pod/container/memory.current", 1_100 * MIB + "\n");
    assertThat(meter().freeBytes()).isZero();
  }

  @Test
  void aContainerThatSeesItselfAsTheRoot() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("cgroup/memory.max", 512 * MIB + "\n");
    write("cgroup/memory.current", 80 * MIB + "\n");
    assertThat(meter().limitBytes()).isEqualTo(480 * MIB);
    assertThat(meter().freeBytes()).isEqualTo(400 * MIB);
  }

  @Test
  void theFirstVersionOfControlGroups() throws IOException {
    write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n");
    write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("cgroup/memory/memory.usage_in_bytes", "7\n");
    write("cgroup/memory/a/b/memory.limit_in_bytes", 160 * MIB + "\n");
    write("cgroup/memory/a/b/memory.usage_in_bytes", 60 * MIB + "\n");
    write("cgroup/memory/a/b/memory.stat", "inactive_file 1\ntotal_inactive_file " + 10 * MIB);
    assertThat(meter().limitBytes()).isEqualTo(150 * MIB);
    assertThat(meter().freeBytes()).isEqualTo(100 * MIB);
  }

  @Test
  void withoutALimitTheMachineIsOne() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    assertThat(meter().limitBytes()).isEqualTo(15_360 * MIB);
    assertThat(meter().freeBytes()).isEqualTo(7_168 * MIB);
  }

  @Test
  void whereNothingIsToldNothingIsRefused() throws IOException {
    Files.delete(root.resolve("proc/meminfo"));
    assertThat(meter().limitBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(meter().freeBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void thisMachineTellsSomething() {
    MemoryMeter meter = new ThisNode().container();
    assertThat(meter.limitBytes()).isPositive();
    assertThat(meter.freeBytes()).isBetween(0L, meter.limitBytes());
  }
}
