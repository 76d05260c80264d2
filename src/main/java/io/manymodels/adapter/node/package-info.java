/** Access to the node that a replica runs on: memory, records of loads, journals of predictions. */
@NullMarked
package io.manymodels.adapter.node;

import org.jspecify.annotations.NullMarked;
