package io.manymodels.inference;

/**
 * An upper estimate of the memory that a load takes while it runs, made before it begins. The
 * memory that the model keeps is part of it.
 *
 * @param heapBytes of the JVM's heap
 * @param nativeBytes of the process outside the heap
 */
public record MemoryNeed(long heapBytes, long nativeBytes) {
  /** Text, such as JSON, becomes objects of some times its size. */
  private static final long HEAP_FACTOR = 4;

  /** Throws {@link IllegalArgumentException} on a negative figure. */
  public MemoryNeed {
    if (heapBytes < 0 || nativeBytes < 0) {
      throw new IllegalArgumentException("memory needed: " + heapBytes + ", " + nativeBytes);
    }
  }

  /** Of a loader that says nothing else: a model made of objects. */
  static MemoryNeed ofObjects(long artifactBytes) {
    return new MemoryNeed(HEAP_FACTOR * artifactBytes, 0);
  }
}
