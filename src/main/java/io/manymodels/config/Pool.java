package io.manymodels.config;

/** How tenants come to be placed in a hot deployment. */
public enum Pool {
  /** Traffic fills it: tenants are promoted and evicted. */
  DYNAMIC,
  /** Only pinned tenants; a free place stays free. */
  DEDICATED
}
