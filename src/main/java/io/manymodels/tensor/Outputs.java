package io.manymodels.tensor;

import java.util.List;

/**
 * Which outputs of a model are asked for, beside the first.
 *
 * @param all whether each is; then {@code names} is empty
 * @param names of those that are
 */
public record Outputs(boolean all, List<String> names) {
  /** Only the first, without its name. */
  public static final Outputs FIRST = new Outputs(false, List.of());

  /** Every output. */
  public static final Outputs ALL = new Outputs(true, List.of());

  public Outputs {
    names = List.copyOf(names);
    if (all && !names.isEmpty()) {
      throw new IllegalArgumentException("all outputs, and some by name");
    }
  }

  /** Whether outputs are to be answered by name. */
  public boolean byName() {
    return all || !names.isEmpty();
  }

  /** Whether the output of this name is to be answered. */
  public boolean wants(String name) {
    return all || names.contains(name);
  }
}
