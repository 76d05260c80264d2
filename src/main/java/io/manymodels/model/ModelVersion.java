package io.manymodels.model;

/** A published version of a tenant's model: a positive number, never reused. */
public record ModelVersion(int number) implements Comparable<ModelVersion> {

  /** Throws {@link IllegalArgumentException} unless {@code number >= 1}. */
  public ModelVersion {
    if (number < 1) {
      throw new IllegalArgumentException("a model version is a positive integer, got " + number);
    }
  }

  @Override
  public int compareTo(ModelVersion other) {
    return Integer.compare(number, other.number);
  }

  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
