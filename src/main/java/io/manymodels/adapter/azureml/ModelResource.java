package io.manymodels.adapter.azureml;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model or one of its versions, as Azure Resource Manager writes it.
 *
 * @param name of the model, or the version's
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ModelResource(
    @JsonProperty("name") @Nullable String name,
    @JsonProperty("properties") @Nullable Properties properties,
    @JsonProperty("systemData") @Nullable SystemData systemData) {

  /** The properties that the publisher gave it. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Properties(
      @JsonProperty("isArchived") @Nullable Boolean isArchived,
      @JsonProperty("provisioningState") @Nullable String provisioningState,
      @JsonProperty("modelUri") @Nullable String modelUri,
      @JsonProperty("tags") @Nullable Map<String, @Nullable String> tags,
      @JsonProperty("properties") @Nullable Map<String, @Nullable String> properties) {}

  /** The properties that Azure gave it. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record SystemData(@JsonProperty("createdAt") @Nullable String createdAt) {}

  /** One page of a listing. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Page(
      @JsonProperty("value") @Nullable List<ModelResource> value,
      @JsonProperty("nextLink") @Nullable String nextLink) {}

  boolean isArchived() {
    return properties != null && Boolean.TRUE.equals(properties.isArchived());
  }

  /** Whether it is still being made, or was never finished. */
  boolean isUnfinished() {
    return properties != null
        && properties.provisioningState() != null
        && !properties.provisioningState().equals("Succeeded");
  }

  Optional<String> modelUri() {
    return Optional.ofNullable(properties).map(Properties::modelUri);
  }

  /** The tag, or the property of this name where there is no such tag. */
  Optional<String> tag(String key) {
    return Optional.ofNullable(properties)
        .flatMap(said -> value(said.tags(), key).or(() -> value(said.properties(), key)));
  }

  private static Optional<String> value(@Nullable Map<String, @Nullable String> map, String key) {
    return map == null ? Optional.empty() : Optional.ofNullable(map.get(key));
  }

  Optional<String> createdAt() {
    return Optional.ofNullable(systemData).map(SystemData::createdAt);
  }
}
