package io.manymodels.adapter.node;

import com.sun.management.OperatingSystemMXBean;
import io.manymodels.loading.MemoryMeter;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The memory of the machine, or of the container, as the JVM tells it: for systems without {@code
 * /proc}. A sixteenth is left, as by {@link ContainerMeter}. Thread-safe.
 *
 * <p>The JVM's figure of what is free counts on Windows only, where the system adds what it can
 * take back (ullAvailPhys of GlobalMemoryStatusEx). On macOS it is the pages that hold nothing at
 * all (free_count of host_statistics64): next to none after some hours, because the system fills
 * memory with files and keeps what is inactive. By that figure every load would be refused. So
 * there all that the machine has counts as free. That refuses what can never be loaded and, with
 * what loads have set aside, loads that are too much together; for the rest such systems compress
 * and swap where Linux kills.
 */
final class MachineMeter implements MemoryMeter {
  private static final double RESERVED_SHARE = 1.0 / 16;

  private final LongSupplier totalBytes;
  private final LongSupplier availableBytes;

  /**
   * @param totalBytes not positive when it is unknown
   * @param availableBytes what is free or can be taken back at once
   */
  MachineMeter(LongSupplier totalBytes, LongSupplier availableBytes) {
    this.totalBytes = totalBytes;
    this.availableBytes = availableBytes;
  }

  /** By the beans of this JVM; without limit where it has none. */
  static MemoryMeter ofJvm() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? of(
            System.getProperty("os.name", ""),
            system::getTotalMemorySize,
            system::getFreeMemorySize)
        : UNLIMITED;
  }

  /** By the figures of a JVM on the operating system of this name. */
  static MachineMeter of(String system, LongSupplier totalBytes, LongSupplier freeBytes) {
    boolean freeIsAvailable = system.toLowerCase(Locale.ROOT).startsWith("windows");
    return new MachineMeter(totalBytes, freeIsAvailable ? freeBytes : totalBytes);
  }

  @Override
  public long limitBytes() {
    return less(totalBytes.getAsLong());
  }

  @Override
  public long freeBytes() {
    return less(availableBytes.getAsLong());
  }

  @Override
  public void reclaim() {}

  private long less(long bytes) {
    long total = totalBytes.getAsLong();
    return total <= 0 ? Long.MAX_VALUE : Math.max(0, bytes - (long) (total * RESERVED_SHARE));
  }
}
