package io.manymodels.placement;

/** Why a tenant lost its place. */
public enum EvictionCause {
  /** A tenant that was worth more needed the place. */
  DISPLACED,
  /** An operator gave the place, or the tenant's pin, to others. */
  POOL_CHANGED,
  /** A deployment's user_config changed: other tenants, another pool, a smaller capacity. */
  RECONFIGURED,
  /** The deployment's models were measured to be heavier than it may hold. */
  OVERWEIGHT,
  /** The registry has no model of the tenant any more. */
  MODEL_GONE,
  /** After a restart the model could not be loaded again where it was. */
  NOT_RESTORED
}
