/** What a process can tell of itself and its neighbours through the node that it runs on. */
@NullMarked
package io.manymodels.adapter.node;

import org.jspecify.annotations.NullMarked;
