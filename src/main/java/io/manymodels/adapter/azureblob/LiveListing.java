package io.manymodels.adapter.azureblob;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The live versions of many tenants by one listing of the container. What an alias says is
 * remembered with its ETag, for at most {@link #REMEMBERED} tenants, so that a poll reads only the
 * aliases that have changed. Thread-safe.
 */
final class LiveListing {
  /** Above the 10,000 tenants of a large installation; about 200 bytes each. */
  static final int REMEMBERED = 50_000;

  private static final boolean BY_ACCESS = true;

  private final BlobContainer blobs;
  private final RegistryBlobs registry;
  private final Map<TenantId, Alias> remembered =
      new LinkedHashMap<>(16, 0.75f, BY_ACCESS) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<TenantId, Alias> eldest) {
          return size() > REMEMBERED;
        }
      };

  LiveListing(BlobContainer blobs, RegistryBlobs registry) {
    this.blobs = blobs;
    this.registry = registry;
  }

  private record Alias(String etag, ModelVersion version) {}

  /** The state of one tenant in a listing. */
  private static final class Listed {
    private final SortedSet<ModelVersion> versions = new TreeSet<>();
    private @Nullable String aliasEtag;
  }

  /** Throws {@code STORE_UNAVAILABLE} when the container does not answer. */
  LiveVersions of(Collection<TenantId> tenants) {
    Map<TenantId, Listed> listed = list(Set.copyOf(tenants));
    return LiveVersions.ofEach(
        new TreeSet<>(listed.keySet()), tenant -> live(tenant, of(listed, tenant)), blobs::check);
  }

  private Map<TenantId, Listed> list(Set<TenantId> tenants) {
    Map<TenantId, Listed> listed = new HashMap<>();
    blobs.list(
        "",
        "",
        (name, etag) -> {
          registry
              .published(name)
              .filter(ref -> tenants.contains(ref.tenant()))
              .ifPresent(ref -> of(listed, ref.tenant()).versions.add(ref.version()));
          BlobNames.aliased(name)
              .filter(tenants::contains)
              .ifPresent(tenant -> of(listed, tenant).aliasEtag = etag);
        });
    return listed;
  }

  private static Listed of(Map<TenantId, Listed> listed, TenantId tenant) {
    return listed.computeIfAbsent(tenant, unseen -> new Listed());
  }

  /**
   * A listing of several pages is of several moments: an alias may name a version that was made
   * after its page was read. Then the tenant is asked about alone.
   */
  private Optional<ModelVersion> live(TenantId tenant, Listed found) {
    @Nullable String etag = found.aliasEtag;
    if (etag == null) {
      return found.versions.isEmpty() ? Optional.empty() : Optional.of(found.versions.last());
    }
    Optional<ModelVersion> alias = alias(tenant, etag);
    return alias.isPresent() && found.versions.contains(alias.get())
        ? alias
        : registry.live(tenant);
  }

  private Optional<ModelVersion> alias(TenantId tenant, String etag) {
    synchronized (remembered) {
      Alias known = remembered.get(tenant);
      if (known != null && known.etag().equals(etag)) {
        return Optional.of(known.version());
      }
    }
    Optional<ModelVersion> read = registry.alias(tenant);
    synchronized (remembered) {
      read.ifPresent(version -> remembered.put(tenant, new Alias(etag, version)));
    }
    return read;
  }
}
