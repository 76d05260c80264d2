/**
 * The adapters for Redis: artifacts, the placement state, events. Jedis does not leave this
 * package.
 */
@NullMarked
package io.manymodels.adapter.redis;

import org.jspecify.annotations.NullMarked;
