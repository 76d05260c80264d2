package io.manymodels.adapter.azureml;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** A datastore of a workspace, as Azure Resource Manager writes it. */
@JsonIgnoreProperties(ignoreUnknown = true)
record DatastoreResource(@JsonProperty("properties") @Nullable Properties properties) {

  /**
   * Where it lies.
   *
   * @param datastoreType {@code AzureBlob} has the others
   * @param endpoint of the cloud, as {@code core.windows.net}
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Properties(
      @JsonProperty("datastoreType") @Nullable String datastoreType,
      @JsonProperty("accountName") @Nullable String accountName,
      @JsonProperty("containerName") @Nullable String containerName,
      @JsonProperty("endpoint") @Nullable String endpoint) {}
}
