package io.manymodels.artifact;

/**
 * The statistics of an {@link ArtifactCache} since it was opened, in this process. A read of an
 * artifact that is not too large to be cached is a hit or a miss.
 *
 * @param hits reads that found the artifact in the cache at once
 * @param misses the other reads; more of them than source calls means that processes or threads
 *     asked for the same artifact at the same time
 * @param sourceCalls times that a source was asked, those for artifacts that are not cached too
 * @param evictions artifacts dropped to make room
 * @param failures times that the cache was of no use: it could not be read or written, what it held
 *     did not have its digest, or whoever fetched the artifact took too long
 */
public record ArtifactCacheCounts(
    long hits, long misses, long sourceCalls, long evictions, long failures) {
  /** Of a cache that does not count. */
  public static final ArtifactCacheCounts NONE = new ArtifactCacheCounts(0, 0, 0, 0, 0);
}
