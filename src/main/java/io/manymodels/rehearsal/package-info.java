/**
 * Rehearses the work of a replica with made-up models, so that its code is compiled before requests
 * depend on it. Nothing of it shows: it has holders, a registry and a store of its own.
 */
@NullMarked
package io.manymodels.rehearsal;

import org.jspecify.annotations.NullMarked;
