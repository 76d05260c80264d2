package io.manymodels.adapter.node;

import io.manymodels.loading.LoadRecords;
import io.manymodels.loading.LocalNode;
import io.manymodels.loading.MemoryMeter;
import java.nio.file.Path;

/**
 * A node that runs Linux: memory by the JVM, {@code /proc} and {@code /sys/fs/cgroup}, records in a
 * folder below {@code java.io.tmpdir}. On other systems only the heap is known.
 */
public final class LinuxNode implements LocalNode {
  private final MemoryMeter heap = new HeapMeter();
  private final MemoryMeter container =
      ContainerMeter.of(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
  private final LoadRecords records =
      new FolderLoadRecords(PrivateFolder.path("many-models-loads"));

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
