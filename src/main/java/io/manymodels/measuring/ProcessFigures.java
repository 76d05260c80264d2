package io.manymodels.measuring;

import java.util.Map;

/** What the JVM and the operating system say of this process. Thread-safe. */
public interface ProcessFigures {
  /** The figures now; one that this system does not have is left out. */
  Map<Measure, Double> read();
}
