/** Finds the adapters that the environment names. */
@NullMarked
package io.manymodels.stores;

import org.jspecify.annotations.NullMarked;
