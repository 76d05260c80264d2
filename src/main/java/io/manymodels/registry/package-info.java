/** Which models exist, in which versions, and which version is live. */
@NullMarked
package io.manymodels.registry;

import org.jspecify.annotations.NullMarked;
