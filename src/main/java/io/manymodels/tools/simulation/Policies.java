package io.manymodels.tools.simulation;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The policies that can be compared, by name. */
public final class Policies {
  private static final List<SimulatedPolicy> COMPARED =
      List.of(new Ours(), new Lru(), new Lfu(), new WTinyLfu(), new Belady());

  private static final List<SimulatedPolicy> OTHERS = List.of(new StaticBest());

  private Policies() {}

  /** Those that are compared unless a user says otherwise, in the order of the report. */
  public static List<String> compared() {
    return COMPARED.stream().map(SimulatedPolicy::name).toList();
  }

  /** All names, for a user. */
  public static List<String> names() {
    return all().map(SimulatedPolicy::name).toList();
  }

  public static Optional<SimulatedPolicy> named(String name) {
    return all().filter(policy -> policy.name().equals(name)).findFirst();
  }

  private static Stream<SimulatedPolicy> all() {
    return Stream.concat(COMPARED.stream(), OTHERS.stream());
  }
}
