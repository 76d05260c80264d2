/**
 * The parts of the application, whichever process each of them is in and however it is called:
 * {@code HotReplica}, {@code OverflowReplica}, {@code PlacementService} (SharedMemory) and {@code
 * Dispatcher}, and the calls between them: {@code SharedMemoryCalls}, {@code HoldingReplicas}, and
 * the ports {@code HotReplicas} and {@code OverflowReplicas} of {@code placing}.
 *
 * <p>Two packages put them together: {@code deployment}, a process for each on Ray Serve, and
 * {@code standalone}, all in one process. Nothing here knows which one it is in.
 */
@NullMarked
package io.manymodels.application;

import org.jspecify.annotations.NullMarked;
