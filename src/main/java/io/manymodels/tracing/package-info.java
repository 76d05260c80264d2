/**
 * Traces: what a request did, in which process and for how long, as spans that name each other (W3C
 * Trace Context). Knows no exporter; where none is configured, a request costs a comparison.
 */
@NullMarked
package io.manymodels.tracing;

import org.jspecify.annotations.NullMarked;
