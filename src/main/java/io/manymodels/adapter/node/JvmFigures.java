package io.manymodels.adapter.node;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.manymodels.loading.MemoryMeter;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.ProcessFigures;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the beans of the JVM say and, on Linux, the line {@code VmRSS} of {@code /proc/self/status}
 * (proc(5)); and the memory that loads are measured by. Thread-safe.
 */
public final class JvmFigures implements ProcessFigures {
  private static final System.Logger LOG = System.getLogger(JvmFigures.class.getName());
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
  private static final double KIB = 1_024;

  private static final double MILLIS = 1_000;
  private static final double NANOS = 1e9;

  private final MemoryMeter container = new ThisNode().container();

  @Override
  public Map<Measure, Double> read() {
    Map<Measure, Double> figures = new EnumMap<>(Measure.class);
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    figures.put(Measure.JVM_HEAP_USED_BYTES, (double) memory.getHeapMemoryUsage().getUsed());
    figures.put(Measure.JVM_HEAP_LIVE_BYTES, liveBytes());
    figures.put(Measure.JVM_HEAP_MAX_BYTES, (double) memory.getHeapMemoryUsage().getMax());
    figures.put(Measure.JVM_NONHEAP_USED_BYTES, (double) memory.getNonHeapMemoryUsage().getUsed());
    figures.put(Measure.JVM_THREADS, (double) ManagementFactory.getThreadMXBean().getThreadCount());
    addCollections(figures);
    addSystem(figures);
    addContainer(figures);
    return figures;
  }

  private static void addCollections(Map<Measure, Double> figures) {
    List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    figures.put(
        Measure.JVM_GC_COLLECTIONS,
        (double) collectors.stream().mapToLong(each -> each.getCollectionCount()).sum());
    figures.put(
        Measure.JVM_GC_SECONDS,
        collectors.stream().mapToLong(each -> each.getCollectionTime()).sum() / MILLIS);
  }

  /** What a collection left; empty pools count as nothing. */
  private static double liveBytes() {
    long live = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage left = pool.getCollectionUsage();
      if (pool.getType() == MemoryType.HEAP && left != null) {
        live += left.getUsed();
      }
    }
    return live;
  }

  private void addContainer(Map<Measure, Double> figures) {
    if (container.limitBytes() < Long.MAX_VALUE) {
      figures.put(Measure.MEMORY_LIMIT_BYTES, (double) container.limitBytes());
      figures.put(Measure.MEMORY_FREE_BYTES, (double) container.freeBytes());
    }
  }

  private static void addSystem(Map<Measure, Double> figures) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      figures.put(Measure.PROCESS_CPU_SECONDS, system.getProcessCpuTime() / NANOS);
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      figures.put(Measure.PROCESS_OPEN_FILES, (double) unix.getOpenFileDescriptorCount());
    }
    if (Files.isReadable(STATUS)) {
      try {
        Matcher resident = RESIDENT.matcher(Files.readString(STATUS));
        if (resident.find()) {
          figures.put(Measure.PROCESS_RESIDENT_BYTES, Double.parseDouble(resident.group(1)) * KIB);
        }
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "the resident memory is not known", e);
      }
    }
  }
}
