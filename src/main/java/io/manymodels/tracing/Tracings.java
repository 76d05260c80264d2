package io.manymodels.tracing;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.util.ServiceLoader;

/** What the environment says of traces. Stateless. */
public final class Tracings {
  /** The value of {@link Setting#LOG} for lines of JSON. */
  private static final String JSON = "json";

  private Tracings() {}

  /**
   * Traces as the environment says.
   *
   * @param process a name of this process, such as its replica's
   * @throws IllegalArgumentException when it holds a value that is not allowed
   */
  public static Tracing from(Environment environment, String process) {
    boolean names = environment.required(Setting.LOG).equals(JSON);
    if (environment.text(Setting.OTEL_EXPORTER_OTLP_ENDPOINT).isEmpty()) {
      return names ? Tracing.NAMES : Tracing.NONE;
    }
    // By the application's own class loader: Ray's threads have none of it as context.
    return ServiceLoader.load(TracingProvider.class, Tracings.class.getClassLoader())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody sends traces"))
        .open(environment, process);
  }
}
