package io.manymodels.rehearsal;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this JVM has used since it started.
 *
 * @param cpuNanos of all its threads, those that compile and collect garbage among them; 0 where
 *     the system does not tell
 * @param compileMillis for which its compilers have run, added up; 0 where it has none
 */
record JvmWork(LongSupplier cpuNanos, LongSupplier compileMillis) {

  static JvmWork ofProcess() {
    @Nullable CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    return new JvmWork(
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? () -> Math.max(0, system.getProcessCpuTime())
            : () -> 0,
        compilers != null && compilers.isCompilationTimeMonitoringSupported()
            ? compilers::getTotalCompilationTime
            : () -> 0);
  }
}
