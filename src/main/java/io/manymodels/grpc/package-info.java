/**
 * The Open Inference Protocol V2 over gRPC, on a port of its own, with Triton's streams, statistics
 * and repository, grpc.health.v1 and reflection. The messages are in {@code src/main/proto}.
 * Nothing of gRPC is loaded unless the port is configured.
 */
@NullMarked
package io.manymodels.grpc;

import org.jspecify.annotations.NullMarked;
