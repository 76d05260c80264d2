package io.manymodels.adapter.azureblob;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.util.Optional;

/** The names of a registry's blobs. */
final class BlobNames {
  private static final String METADATA = "/metadata.json";
  private static final String LIVE = "/live";

  private BlobNames() {}

  /** The prefix of all names of a tenant. */
  static String of(TenantId tenant) {
    return tenant + "/";
  }

  /** The prefix of all names of one version. */
  static String of(ModelRef ref) {
    return ref + "/";
  }

  static String live(TenantId tenant) {
    return tenant + LIVE;
  }

  static String metadata(ModelRef ref) {
    return ref + METADATA;
  }

  /** Where our publishers put the bytes. */
  static String artifact(ArtifactDescriptor artifact) {
    return artifact.ref() + "/model-" + artifact.digest().hex() + "." + artifact.format();
  }

  /** Where others put the bytes. */
  static String plainArtifact(ArtifactDescriptor artifact) {
    return artifact.ref() + "/model." + artifact.format();
  }

  /**
   * The folder of a tenant that metadata lie in.
   *
   * @param version what stands for the version in its name; may be none
   */
  record Described(TenantId tenant, String version) {}

  /** The version that a name makes visible, when it is the name of its metadata. */
  static Optional<ModelRef> published(String name) {
    return described(name)
        .flatMap(
            found ->
                ModelVersion.parse(found.version())
                    .map(version -> new ModelRef(found.tenant(), version)));
  }

  /** Where metadata lie beside no version, when it is the name of such metadata. */
  static Optional<Described> unnumbered(String name) {
    return described(name)
        .filter(
            found ->
                ModelVersion.parse(found.version()).isEmpty()
                    && !found.version().startsWith(".")
                    && found.version().indexOf('/') < 0);
  }

  private static Optional<Described> described(String name) {
    if (!name.endsWith(METADATA)) {
      return Optional.empty();
    }
    String version = name.substring(0, name.length() - METADATA.length());
    int slash = version.indexOf('/');
    return slash < 0
        ? Optional.empty()
        : TenantId.parse(version.substring(0, slash))
            .map(tenant -> new Described(tenant, version.substring(slash + 1)));
  }

  /** The tenant whose alias has this name, when it is the name of an alias. */
  static Optional<TenantId> aliased(String name) {
    return name.endsWith(LIVE)
        ? TenantId.parse(name.substring(0, name.length() - LIVE.length()))
        : Optional.empty();
  }
}
