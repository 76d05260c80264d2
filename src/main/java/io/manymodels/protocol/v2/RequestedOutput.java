package io.manymodels.protocol.v2;

/**
 * An output that a request names.
 *
 * @param name of the output
 * @param binary whether the client wants its elements as bytes, where the carrier has a choice
 * @param classes how many of the largest elements of each row are wanted, as texts with their
 *     positions (Triton's classification extension); 0 for the elements as they are
 */
public record RequestedOutput(String name, boolean binary, int classes) {}
