package io.manymodels.model;

/** One immutable model: a tenant's (a tenant has one model, named after it) in one version. */
public record ModelRef(TenantId tenant, ModelVersion version) {

  @Override
  public String toString() {
    return tenant + "/" + version;
  }
}
