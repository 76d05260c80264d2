package io.manymodels.adapter.node;

import io.manymodels.loading.LoadRecords;
import io.manymodels.loading.LocalNode;
import io.manymodels.loading.MemoryMeter;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The node that this process runs on: memory by the JVM and, on Linux, {@code /proc} and {@code
 * /sys/fs/cgroup}; records in a folder below {@code java.io.tmpdir}.
 */
public final class ThisNode implements LocalNode {
  private final MemoryMeter heap = new HeapMeter();
  private final MemoryMeter container;
  private final LoadRecords records =
      new FolderLoadRecords(PrivateFolder.path("many-models-loads"));

  public ThisNode() {
    this(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
  }

  ThisNode(Path proc, Path cgroup) {
    container =
        Files.isReadable(proc.resolve(ContainerMeter.MACHINE))
            ? ContainerMeter.of(proc, cgroup)
            : MachineMeter.ofJvm();
  }

  @Override
  public MemoryMeter heap() {
    return heap;
  }

  @Override
  public MemoryMeter container() {
    return container;
  }

  @Override
  public LoadRecords loadRecords() {
    return records;
  }
}
