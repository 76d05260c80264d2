/**
 * The HTTP edge of a Dispatcher. Requests come in two ways: through Ray's proxy to the callable
 * that Serve knows ({@link io.manymodels.http.HttpIngress}, in an envelope), and over the
 * Dispatcher's own port (the direct port: {@code DirectIngress}, {@code DirectConnection}, {@code
 * Exchange}). Both end at the same doors ({@code Door}, {@code Answers}), and errors leave in the
 * form of each; those of our own calls as problem JSON ({@code Problem}).
 */
@NullMarked
package io.manymodels.http;

import org.jspecify.annotations.NullMarked;
