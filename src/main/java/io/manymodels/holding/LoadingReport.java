package io.manymodels.holding;

import io.manymodels.loading.ArtifactTiers.Reads;
import java.util.List;

/**
 * How a replica gets its models.
 *
 * @param behind tenants whose live version does not load, so that the one before it goes on
 *     answering
 * @param reads where artifacts came from since the replica started
 * @param memoryRefusals loads refused since then for lack of memory
 * @param versionsTold whether SharedMemory looks for new versions; else the replica does so itself
 */
public record LoadingReport(
    List<Refreshed> behind, Reads reads, long memoryRefusals, boolean versionsTold) {
  public static final LoadingReport NONE =
      new LoadingReport(List.of(), new Reads(0, 0, 0, 0), 0, false);

  public LoadingReport {
    behind = List.copyOf(behind);
  }
}
