package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.artifact.ArtifactDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The live version of a tenant's model, as {@code GET /models/{tenant}} answers it.
 *
 * @param model the tenant
 * @param bytes of the artifact
 * @param inputs what it takes; null when that is not known, for {@code note}
 * @param outputs what it answers; null likewise
 * @param missing what stands for missing values, by column; left out when nothing does
 * @param example rows that it answers; null when there are none
 */
public record ModelJson(
    String model,
    long version,
    String format,
    String sha256,
    long bytes,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable List<SignatureJson.Input> inputs,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable List<SignatureJson.Output> outputs,
    @Nullable Map<String, JsonNode> missing,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable JsonNode example,
    @Nullable String note) {

  /** The note says why there is no signature. */
  public static ModelJson of(ArtifactDescriptor artifact, Optional<String> note) {
    Use use = Use.of(artifact);
    return new ModelJson(
        artifact.ref().tenant().value(),
        artifact.ref().version().number(),
        artifact.format(),
        artifact.digest().hex(),
        artifact.sizeBytes(),
        use.inputs(),
        use.outputs(),
        use.missing(),
        use.example(),
        note.orElse(null));
  }

  /** How a version is used, as far as that is known. */
  public record Use(
      @Nullable List<SignatureJson.Input> inputs,
      @Nullable List<SignatureJson.Output> outputs,
      @Nullable Map<String, JsonNode> missing,
      @Nullable JsonNode example) {

    public static Use of(ArtifactDescriptor artifact) {
      ArtifactMetadata metadata = ArtifactMetadata.of(artifact, null);
      return new Use(metadata.inputs(), metadata.outputs(), metadata.missing(), metadata.example());
    }
  }
}
