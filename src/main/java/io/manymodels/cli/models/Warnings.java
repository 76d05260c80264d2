package io.manymodels.cli.models;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Keeps what many threads warn of until it can be printed. Thread-safe. */
final class Warnings implements Consumer<String> {
  private static final int MAX_SHOWN = 20;

  private final List<String> first = new ArrayList<>();
  private int count;

  @Override
  public synchronized void accept(String warning) {
    count++;
    if (first.size() < MAX_SHOWN) {
      first.add(warning);
    }
  }

  /** Prints the first twenty, and how many there are more. */
  synchronized void print(RegistryOptions registry) {
    first.forEach(registry::warn);
    if (count > MAX_SHOWN) {
      registry.warn("and " + (count - MAX_SHOWN) + " more warnings");
    }
  }
}
