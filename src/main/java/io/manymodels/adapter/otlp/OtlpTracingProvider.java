package io.manymodels.adapter.otlp;

import io.manymodels.config.Environment;
import io.manymodels.tracing.Tracing;
import io.manymodels.tracing.TracingProvider;

/** Opens {@link OtlpTracing}. Stateless. */
public final class OtlpTracingProvider implements TracingProvider {
  @Override
  public Tracing open(Environment environment, String process) {
    return OtlpTracing.start(environment, process);
  }
}
