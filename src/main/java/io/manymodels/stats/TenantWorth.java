package io.manymodels.stats;

import io.manymodels.model.TenantId;

/** A tenant and what its place is worth. */
public record TenantWorth(TenantId tenant, Worth worth) {}
