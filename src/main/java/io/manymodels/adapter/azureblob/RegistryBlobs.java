package io.manymodels.adapter.azureblob;

import io.manymodels.json.ArtifactMetadata;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.IgnoredVersions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Reads a registry's blobs; asks for each anew. Thread-safe. */
final class RegistryBlobs {
  private static final int MAX_ALIAS_BYTES = 64;

  private final BlobContainer blobs;
  private final IgnoredVersions ignored = new IgnoredVersions();

  RegistryBlobs(BlobContainer blobs) {
    this.blobs = blobs;
  }

  /** The version that the tenant's alias names, which need not exist; empty without an alias. */
  Optional<ModelVersion> alias(TenantId tenant) {
    return aliasText(tenant)
        .map(text -> StandardCharsets.UTF_8.decode(text).toString().strip())
        .map(
            name ->
                ModelVersion.parse(name)
                    .orElseThrow(
                        () -> broken(tenant + ": the blob live does not hold a version number")));
  }

  /** The text of the tenant's alias, as it lies there. */
  Optional<ByteBuffer> aliasText(TenantId tenant) {
    return blobs.read(tenant.value(), BlobNames.live(tenant), MAX_ALIAS_BYTES);
  }

  boolean exists(ModelRef ref) {
    return blobs.exists(ref.toString(), BlobNames.metadata(ref));
  }

  Optional<ModelVersion> live(TenantId tenant) {
    Optional<ModelVersion> alias = alias(tenant);
    if (alias.isEmpty()) {
      SortedSet<ModelVersion> versions = versions(tenant);
      return versions.isEmpty() ? Optional.empty() : Optional.of(versions.last());
    }
    if (!exists(new ModelRef(tenant, alias.get()))) {
      throw broken(
          tenant + ": the blob live names version " + alias.get() + ", which does not exist");
    }
    return alias;
  }

  SortedSet<ModelVersion> versions(TenantId tenant) {
    SortedSet<ModelVersion> versions = new TreeSet<>();
    blobs.list(
        tenant.value(),
        BlobNames.of(tenant),
        (name, etag) -> published(name).ifPresent(ref -> versions.add(ref.version())));
    return versions;
  }

  /** As {@link BlobNames#published}; metadata of what is no version are told to the log once. */
  Optional<ModelRef> published(String name) {
    Optional<ModelRef> published = BlobNames.published(name);
    if (published.isEmpty()) {
      BlobNames.unnumbered(name).ifPresent(other -> ignored.note(other.tenant(), other.version()));
    }
    return published;
  }

  /** The entries below {@code start} whose names are not versions. */
  List<IgnoredEntry> ignored(String subject, String start) {
    List<IgnoredEntry> others = new ArrayList<>();
    blobs.list(
        subject,
        start,
        (name, etag) ->
            BlobNames.unnumbered(name)
                .ifPresent(
                    other -> others.add(IgnoredEntry.noVersion(other.tenant(), other.version()))));
    return List.copyOf(others);
  }

  /** The text of a version's metadata, as it lies there. */
  Optional<ByteBuffer> metadata(ModelRef ref) {
    return blobs.read(ref.toString(), BlobNames.metadata(ref), ArtifactMetadata.MAX_BYTES);
  }

  private static ServingException broken(String message) {
    return new ServingException(ErrorCode.LOAD_FAILED, message);
  }
}
