/**
 * Which model is where: decides, commands the replicas, publishes the table. Runs in SharedMemory.
 */
@NullMarked
package io.manymodels.placing;

import org.jspecify.annotations.NullMarked;
