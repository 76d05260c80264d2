/**
 * Whether the running system keeps its promises while parts of it fail: a client that writes down
 * what it saw, and a judge of what was written down.
 */
@NullMarked
package io.manymodels.tools.chaos;

import org.jspecify.annotations.NullMarked;
