/** The use cases: scoring, holding models, moving them. Knows ports, no adapter and no Ray. */
@NullMarked
package io.manymodels.serving;

import org.jspecify.annotations.NullMarked;
