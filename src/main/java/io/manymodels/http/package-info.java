/**
 * The HTTP edge: the callable behind the Serve proxy, and the mapping of errors to problem JSON.
 */
@NullMarked
package io.manymodels.http;

import org.jspecify.annotations.NullMarked;
