/**
 * Measures what a process does, without I/O: counters and latencies on the way of each request
 * ({@code Measurements}), reports of them between processes ({@code ReportBook}), and their sums in
 * SharedMemory ({@code MeasuredSums}).
 *
 * <p>Terms. A <i>series</i> is a {@code Measure} with one combination of labels. A <i>report</i>
 * has what a process measured since its last one; it is numbered, so that one that arrives twice
 * counts once. Latencies are counts in the same logarithmic {@code Buckets} everywhere, so that
 * those of processes, intervals and tenants are merged by addition.
 */
@NullMarked
package io.manymodels.measuring;

import org.jspecify.annotations.NullMarked;
