package io.manymodels.adapter.otlp;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/** Which traces are recorded. Stateless. */
final class Samplers {
  private static final String PARENT_BASED = "parentbased_";

  private Samplers() {}

  /** As the environment says, by the names that OpenTelemetry's specification has. */
  static Sampler from(Environment environment) {
    String name = environment.required(Setting.OTEL_TRACES_SAMPLER);
    Sampler root =
        switch (name.replace(PARENT_BASED, "")) {
          case "always_on" -> Sampler.alwaysOn();
          case "always_off" -> Sampler.alwaysOff();
          default ->
              Sampler.traceIdRatioBased(environment.fraction(Setting.OTEL_TRACES_SAMPLER_ARG));
        };
    return name.startsWith(PARENT_BASED) ? Sampler.parentBased(root) : root;
  }
}
