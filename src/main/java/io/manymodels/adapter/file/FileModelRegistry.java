package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The registry in a folder. Every call reads the folder anew, so that a published version is seen
 * at once. Immutable and thread-safe.
 */
final class FileModelRegistry implements ModelRegistry {
  private static final int MAX_METADATA_BYTES = 64 << 10;
  private static final int MAX_ALIAS_BYTES = 64;
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

  private final RegistryFolder folder;

  FileModelRegistry(RegistryFolder folder) {
    this.folder = folder;
  }

  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    List<ModelVersion> versions = folder.versions(tenant);
    Optional<ByteBuffer> alias = folder.readLive(tenant, MAX_ALIAS_BYTES);
    if (alias.isEmpty()) {
      return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
    }
    String name = StandardCharsets.UTF_8.decode(alias.get()).toString().strip();
    if (!NUMBER.matcher(name).matches()) {
      throw broken(tenant + ": the file live does not hold a version number");
    }
    ModelVersion live = new ModelVersion(Integer.parseInt(name));
    if (!versions.contains(live)) {
      throw broken(tenant + ": the file live names version " + live + ", which does not exist");
    }
    return Optional.of(live);
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return folder
        .read(ref, RegistryFolder.METADATA, MAX_METADATA_BYTES)
        .map(text -> descriptor(ref, text));
  }

  @Override
  public List<ModelVersion> versions(TenantId tenant) {
    return folder.versions(tenant);
  }

  @Override
  public List<TenantId> tenants() {
    return folder.tenants();
  }

  @Override
  public void close() {}

  private static ArtifactDescriptor descriptor(ModelRef ref, ByteBuffer text) {
    if (text.remaining() > MAX_METADATA_BYTES) {
      throw broken(ref + ": metadata.json is larger than " + MAX_METADATA_BYTES + " bytes");
    }
    ArtifactDescriptor artifact;
    try {
      artifact = Json.read(text, ArtifactMetadata.class).toDescriptor();
    } catch (IllegalArgumentException e) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, ref + ": metadata.json: " + e.getMessage(), e);
    }
    if (!artifact.ref().equals(ref)) {
      throw broken(ref + ": metadata.json is of " + artifact.ref());
    }
    return artifact;
  }

  private static ServingException broken(String message) {
    return new ServingException(ErrorCode.LOAD_FAILED, message);
  }
}
