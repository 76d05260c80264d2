/** Who may ask for what: callers, what proves who they are, and what each of them may do. */
@NullMarked
package io.manymodels.access;

import org.jspecify.annotations.NullMarked;
