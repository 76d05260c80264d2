/** Access control: callers, their credentials, and what each of them may do. */
@NullMarked
package io.manymodels.access;

import org.jspecify.annotations.NullMarked;
