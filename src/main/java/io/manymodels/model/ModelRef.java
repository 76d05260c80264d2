package io.manymodels.model;

/**
 * A reference to one version of a tenant's model. A tenant has one model, and a version never
 * changes.
 */
public record ModelRef(TenantId tenant, ModelVersion version) {

  @Override
  public String toString() {
    return tenant + "/" + version;
  }
}
