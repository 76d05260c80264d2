package io.manymodels.placement;

/**
 * The place of a tenant in a hot deployment.
 *
 * @param deployment the hot deployment
 * @param pinned whether only an operator may move it
 */
public record Placement(String deployment, boolean pinned) {}
