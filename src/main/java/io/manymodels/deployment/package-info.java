/** The classes that Ray Serve instantiates, and everything else that speaks to Ray. */
@NullMarked
package io.manymodels.deployment;

import org.jspecify.annotations.NullMarked;
