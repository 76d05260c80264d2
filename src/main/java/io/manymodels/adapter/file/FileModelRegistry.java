package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The registry in a folder. Every call reads the folder anew, so that a published version is seen
 * at once, also one that was copied by hand. Thread-safe.
 */
final class FileModelRegistry implements WritableModelRegistry {
  private static final int MAX_ALIAS_BYTES = 64;

  /** Some tenths of a millisecond. */
  private static final int AT_ONCE = 16;

  private static final int MAX_READS = 10;

  private final RegistryFolder folder;
  private final Ticker ticker;
  private final RegistryWriter writer;
  private final FolderLock lock;
  private final MlflowVersions mlflow;

  /** The ticker says how old the leftovers of other publishers are. */
  FileModelRegistry(RegistryFolder folder, Ticker ticker) {
    this.folder = folder;
    this.ticker = ticker;
    this.mlflow = new MlflowVersions(folder);
    this.writer = new RegistryWriter(folder.root(), ticker, folder.system());
    this.lock = new FolderLock(folder.root(), ticker, folder.system());
  }

  /**
   * Alias and versions are two reads, between which publishers go on: what does not fit together is
   * only believed when the alias has stayed the same.
   */
  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    Optional<List<ModelVersion>> versions = folder.versionsWithoutAlias(tenant);
    return versions.isPresent() ? highest(versions.get()) : liveByAlias(tenant);
  }

  /** For a tenant that has an alias, or had one a moment ago. */
  private Optional<ModelVersion> liveByAlias(TenantId tenant) {
    Optional<String> alias = alias(tenant);
    for (int reads = 0; reads < MAX_READS; reads++) {
      Optional<ModelVersion> live =
          alias.isPresent() ? named(tenant, alias.get()) : highest(folder.versions(tenant));
      if (alias.isPresent() && live.isPresent()) {
        return live;
      }
      Optional<String> again = alias(tenant);
      if (again.equals(alias)) {
        alias.ifPresent(name -> complain(tenant, name));
        return live;
      }
      alias = again;
    }
    throw new ServingException(
        ErrorCode.STORE_UNAVAILABLE, tenant + ": the file live changes faster than it is read");
  }

  /**
   * Reads every tenant's folder, some 20 microseconds each: no time of change that is cheaper to
   * ask for tells of metadata that are copied into a version's folder.
   */
  @Override
  public LiveVersions liveVersions(Collection<TenantId> tenants) {
    FileModelRegistry once = new FileModelRegistry(folder.resolved(), ticker);
    return LiveVersions.ofEach(tenants, once::liveVersion, once::check);
  }

  @Override
  public int tenantsAtOnce() {
    return AT_ONCE;
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return folder
        .read(ref, RegistryFolder.METADATA, ArtifactMetadata.MAX_BYTES)
        .map(text -> ArtifactMetadata.readDescriptor(ref, text))
        .or(() -> mlflow.describe(ref));
  }

  @Override
  public String description(ModelRef ref) {
    return folder
        .read(ref, RegistryFolder.METADATA, ArtifactMetadata.MAX_BYTES)
        .map(text -> ArtifactMetadata.read(ref, text).description())
        .orElse("");
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
  public List<IgnoredEntry> ignored(TenantId tenant) {
    return folder.ignored(tenant);
  }

  @Override
  public List<IgnoredEntry> ignored() {
    return folder.ignored();
  }

  /** Lists the root, which a file system that is away does not answer. */
  @Override
  public void check() {
    folder.check();
  }

  @Override
  public void publish(ArtifactDescriptor artifact, String description, ByteBuffer bytes) {
    if (bytes.remaining() != artifact.sizeBytes()) {
      throw new IllegalArgumentException(
          artifact.ref() + ": " + bytes.remaining() + " bytes, not " + artifact.sizeBytes());
    }
    writer.publish(artifact, ArtifactMetadata.write(artifact, description), bytes);
  }

  @Override
  public void setLive(ModelRef ref) {
    lock.run(
        ref.toString(),
        () -> {
          require(ref);
          writer.writeLive(ref);
        });
  }

  @Override
  public void keepLive(TenantId tenant) {
    if (alias(tenant).isPresent() || folder.versions(tenant).isEmpty()) {
      return;
    }
    lock.run(
        tenant.toString(),
        () -> {
          Optional<ModelVersion> live = liveVersion(tenant);
          if (live.isPresent() && alias(tenant).isEmpty()) {
            writer.writeLive(new ModelRef(tenant, live.get()));
          }
        });
  }

  @Override
  public void delete(ModelRef ref) {
    lock.run(
        ref.toString(),
        () -> {
          require(ref);
          if (liveVersion(ref.tenant()).equals(Optional.of(ref.version()))) {
            throw new ServingException(
                ErrorCode.VERSION_LIVE, ref + " is live; make another version live first");
          }
          writer.hide(ref);
        });
    writer.removeHidden(ref.tenant());
  }

  @Override
  public void delete(TenantId tenant) {
    lock.run(
        tenant.toString(),
        () -> {
          if (folder.versions(tenant).isEmpty()) {
            throw new ServingException(
                ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model");
          }
          writer.hide(tenant);
        });
    writer.removeHidden();
  }

  @Override
  public void close() {}

  private void require(ModelRef ref) {
    if (!folder.holds(ref)) {
      throw new ServingException(
          ErrorCode.MODEL_VERSION_NOT_FOUND, ref + ": there is no such version");
    }
  }

  private Optional<String> alias(TenantId tenant) {
    return folder
        .readLive(tenant, MAX_ALIAS_BYTES)
        .map(text -> StandardCharsets.UTF_8.decode(text).toString().strip());
  }

  /** The version that the alias names, when there is one. */
  private Optional<ModelVersion> named(TenantId tenant, String alias) {
    return ModelVersion.parse(alias).filter(version -> folder.holds(new ModelRef(tenant, version)));
  }

  private static Optional<ModelVersion> highest(List<ModelVersion> versions) {
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
  }

  private static void complain(TenantId tenant, String alias) {
    throw broken(
        ModelVersion.parse(alias).isPresent()
            ? tenant + ": the file live names version " + alias + ", which does not exist"
            : tenant + ": the file live does not hold a version number");
  }

  private static ServingException broken(String message) {
    return new ServingException(ErrorCode.LOAD_FAILED, message);
  }
}
