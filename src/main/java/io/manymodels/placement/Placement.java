package io.manymodels.placement;

/**
 * Where a tenant is placed.
 *
 * @param deployment the hot deployment
 * @param pinned whether only an operator may move it
 */
public record Placement(String deployment, boolean pinned) {}
