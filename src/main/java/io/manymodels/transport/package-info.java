/**
 * Calls between replicas over their own ports: length-prefixed frames on Netty, many calls on a
 * connection at once. Ray's calls take a hundred times the CPU.
 */
@NullMarked
package io.manymodels.transport;

import org.jspecify.annotations.NullMarked;
