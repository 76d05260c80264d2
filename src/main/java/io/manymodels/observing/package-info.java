/** What is noted of each request where it comes in: its trace, and its line in the access log. */
@NullMarked
package io.manymodels.observing;

import org.jspecify.annotations.NullMarked;
