/** Traces to an OpenTelemetry collector, by OTLP. The only package that knows OpenTelemetry. */
@NullMarked
package io.manymodels.adapter.otlp;

import org.jspecify.annotations.NullMarked;
