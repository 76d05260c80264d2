/**
 * The processes of the application, and how they call each other.
 *
 * <ul>
 *   <li>{@code HotDeployment}, {@code OverflowDeployment} and {@code SharedMemory} are the classes
 *       that Ray Serve instantiates; {@code Dispatcher} is the fourth process without its HTTP.
 *   <li>{@code SharedMemoryCalls} and {@code HoldingReplicas}, and the ports {@code HotReplicas}
 *       and {@code OverflowReplicas} of {@code placing}, are the calls between them. {@code
 *       Remote...} makes such a call through a {@code ReplicaClient}, as {@code Messages} over
 *       {@code Wire}; {@code SharedMemoryAnswers} answers in the same process.
 *   <li>{@code Ray...} and {@code NodeAddress} are what knows Ray: its actors, its controller.
 * </ul>
 *
 * <p>A stub knows the class that answers by name only: {@code RemoteCallsTest} holds both together.
 */
@NullMarked
package io.manymodels.deployment;

import org.jspecify.annotations.NullMarked;
