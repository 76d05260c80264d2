package io.manymodels.adapter.azureblob;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The registry in a container. Every call asks the container anew, so that a published version is
 * seen at once. Thread-safe.
 *
 * <p>Publishers exclude each other without a lock. The bytes go to a name of their own digest, so
 * nobody writes over another's; then {@code metadata.json} is created, if it is not there: whoever
 * does has published. One that dies in between leaves bytes that nobody sees, and the next one of
 * the same version succeeds, with the same bytes or others. A lock on the version (a lease) would
 * not do: it ends while its holder may still write.
 *
 * <p>{@link #setLive} and {@link #delete(ModelRef)} write first and then look whether the other has
 * come between; both may be refused then, never both succeed. A version that is published again
 * with the same bytes while it is being deleted may lose them.
 */
final class AzureBlobModelRegistry implements WritableModelRegistry {
  /** For fewer it is less work to ask for each than to list all. */
  private static final int LISTED_FROM = 50;

  /** Tells a publisher which one wrote the metadata that were there before. */
  private static final String PUBLICATION = "publication";

  private final BlobContainer blobs;
  private final RegistryBlobs registry;
  private final LiveListing listing;

  AzureBlobModelRegistry(BlobContainer blobs) {
    this.blobs = blobs;
    this.registry = new RegistryBlobs(blobs);
    this.listing = new LiveListing(blobs, registry);
  }

  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    return registry.live(tenant);
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return registry.metadata(ref).map(text -> ArtifactMetadata.readDescriptor(ref, text));
  }

  @Override
  public String description(ModelRef ref) {
    return registry
        .metadata(ref)
        .map(text -> ArtifactMetadata.read(ref, text).description())
        .orElse("");
  }

  @Override
  public List<ModelVersion> versions(TenantId tenant) {
    return List.copyOf(registry.versions(tenant));
  }

  @Override
  public List<TenantId> tenants() {
    SortedSet<TenantId> tenants = new TreeSet<>();
    blobs.list(
        "",
        "",
        (name, etag) -> BlobNames.published(name).ifPresent(ref -> tenants.add(ref.tenant())));
    return List.copyOf(tenants);
  }

  @Override
  public LiveVersions liveVersions(Collection<TenantId> tenants) {
    return tenants.size() < LISTED_FROM
        ? WritableModelRegistry.super.liveVersions(tenants)
        : listing.of(tenants);
  }

  @Override
  public List<IgnoredEntry> ignored(TenantId tenant) {
    return registry.ignored(tenant.value(), BlobNames.of(tenant));
  }

  @Override
  public List<IgnoredEntry> ignored() {
    return registry.ignored("", "");
  }

  @Override
  public void check() {
    blobs.check();
  }

  @Override
  public void publish(ArtifactDescriptor artifact, String description, ByteBuffer bytes) {
    ModelRef ref = artifact.ref();
    if (registry.exists(ref)) {
      throw exists(ref);
    }
    String metadata = ArtifactMetadata.write(artifact, description.isEmpty() ? null : description);
    String subject = ref.toString();
    blobs.write(subject, BlobNames.artifact(artifact), bytes);
    String publication = UUID.randomUUID().toString();
    if (!blobs.create(
            subject, BlobNames.metadata(ref), utf8(metadata), Map.of(PUBLICATION, publication))
        && !isOurs(ref, publication)) {
      throw exists(ref);
    }
  }

  @Override
  public void setLive(ModelRef ref) {
    String subject = ref.toString();
    String name = BlobNames.live(ref.tenant());
    if (!registry.exists(ref)) {
      throw missing(ref);
    }
    Optional<ByteBuffer> before = registry.aliasText(ref.tenant());
    String etag = blobs.write(subject, name, utf8(ref.version() + "\n"));
    if (registry.exists(ref)) {
      return;
    }
    if (before.isPresent()) {
      blobs.replace(subject, name, before.get(), etag);
    } else {
      blobs.delete(subject, name, etag);
    }
    throw missing(ref);
  }

  /** Creates the alias if there is none, so that it undoes nobody's {@link #setLive}. */
  @Override
  public void keepLive(TenantId tenant) {
    registry
        .live(tenant)
        .ifPresent(
            version ->
                blobs.create(
                    tenant.value(), BlobNames.live(tenant), utf8(version + "\n"), Map.of()));
  }

  @Override
  public void delete(ModelRef ref) {
    String subject = ref.toString();
    ByteBuffer metadata = registry.metadata(ref).orElseThrow(() -> missing(ref));
    if (isLive(ref)) {
      throw live(ref);
    }
    SortedMap<String, String> etags = new TreeMap<>();
    blobs.list(subject, BlobNames.of(ref), etags::put);
    if (!blobs.delete(subject, BlobNames.metadata(ref), etags.remove(BlobNames.metadata(ref)))) {
      throw missing(ref);
    }
    if (isAlias(ref)) {
      blobs.create(subject, BlobNames.metadata(ref), metadata, Map.of());
      throw live(ref);
    }
    etags.forEach((name, etag) -> blobs.delete(subject, name, etag));
  }

  /** The live version goes last, so that the tenant has it or nothing, and never another one. */
  @Override
  public void delete(TenantId tenant) {
    String subject = tenant.value();
    List<String> hidden = new ArrayList<>();
    SortedSet<ModelVersion> versions = new TreeSet<>();
    blobs.list(
        subject,
        BlobNames.of(tenant),
        (name, etag) ->
            BlobNames.published(name)
                .ifPresentOrElse(ref -> versions.add(ref.version()), () -> hidden.add(name)));
    if (versions.isEmpty() && hidden.isEmpty()) {
      throw new ServingException(ErrorCode.MODEL_NOT_FOUND, tenant + ": has no model");
    }
    Optional<ModelVersion> last = understood(() -> registry.live(tenant));
    for (ModelVersion version : versions) {
      if (!last.equals(Optional.of(version))) {
        blobs.delete(subject, BlobNames.metadata(new ModelRef(tenant, version)), null);
      }
    }
    blobs.delete(subject, BlobNames.live(tenant), null);
    last.ifPresent(
        version -> blobs.delete(subject, BlobNames.metadata(new ModelRef(tenant, version)), null));
    hidden.forEach(name -> blobs.delete(subject, name, null));
  }

  @Override
  public void close() {}

  /** A try whose answer was lost may have created the metadata before the one that was refused. */
  private boolean isOurs(ModelRef ref, String publication) {
    return blobs
        .properties(ref.toString(), BlobNames.metadata(ref))
        .filter(there -> publication.equals(there.get(PUBLICATION)))
        .isPresent();
  }

  private boolean isLive(ModelRef ref) {
    return understood(() -> registry.live(ref.tenant())).equals(Optional.of(ref.version()));
  }

  private boolean isAlias(ModelRef ref) {
    return understood(() -> registry.alias(ref.tenant())).equals(Optional.of(ref.version()));
  }

  /** An alias that cannot be understood keeps no version. */
  private static Optional<ModelVersion> understood(Supplier<Optional<ModelVersion>> question) {
    try {
      return question.get();
    } catch (ServingException e) {
      if (e.code() != ErrorCode.LOAD_FAILED) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static ServingException exists(ModelRef ref) {
    return new ServingException(ErrorCode.VERSION_EXISTS, ref + ": is published already");
  }

  private static ServingException missing(ModelRef ref) {
    return new ServingException(
        ErrorCode.MODEL_VERSION_NOT_FOUND, ref + ": there is no such version");
  }

  private static ServingException live(ModelRef ref) {
    return new ServingException(ErrorCode.VERSION_LIVE, ref + ": is the live version");
  }
}
