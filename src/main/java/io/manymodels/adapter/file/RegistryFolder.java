package io.manymodels.adapter.file;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The names and files of one registry folder. Never leaves the folder: a symbolic link may point
 * elsewhere inside it, not out of it.
 *
 * <p>Thread-safe. Failures of the system become ours as {@link FolderFaults} says.
 */
final class RegistryFolder {
  static final String METADATA = "metadata.json";
  static final String LIVE = "live";

  private final Path root;
  private final boolean missingIsEmpty;
  private final boolean isReal;
  private final VersionFolders versions;
  private final TenantFolders folders;

  RegistryFolder(Path root, FolderSystem system) {
    this(root, false, false, new VersionFolders(), new TenantFolders(system));
  }

  private RegistryFolder(
      Path root,
      boolean missingIsEmpty,
      boolean isReal,
      VersionFolders versions,
      TenantFolders folders) {
    this.root = root;
    this.missingIsEmpty = missingIsEmpty;
    this.isReal = isReal;
    this.versions = versions;
    this.folders = folders;
  }

  /** The same folder; without it, there is nothing in it instead of an outage. */
  RegistryFolder orEmpty() {
    return new RegistryFolder(root, true, isReal, versions, folders);
  }

  /** The same folder for one use of it: whether a link leads to it is asked only now. */
  RegistryFolder resolved() {
    try {
      return new RegistryFolder(
          root.toRealPath(), missingIsEmpty, true, versions, folders.forOneUse());
    } catch (IOException e) {
      emptyOrOutage(e);
      return this;
    }
  }

  Path root() {
    return root;
  }

  FolderSystem system() {
    return folders.system();
  }

  /** Throws {@code STORE_UNAVAILABLE} unless the root can be listed. */
  void check() {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(realRoot())) {
      var unused = entries.iterator().hasNext();
    } catch (DirectoryIteratorException e) {
      throw FolderFaults.ofRoot(Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      emptyOrOutage(e);
    }
  }

  /** The tenants with a version that can be seen; those whose folder cannot be read are not. */
  List<TenantId> tenants() {
    List<TenantId> tenants = new ArrayList<>();
    try {
      Path realRoot = realRoot();
      for (String name : FolderNames.in(realRoot)) {
        TenantId.parse(name)
            .filter(tenant -> VersionFolders.hasOne(realRoot.resolve(name)))
            .ifPresent(tenants::add);
      }
    } catch (IOException e) {
      emptyOrOutage(e);
    }
    Collections.sort(tenants);
    return List.copyOf(tenants);
  }

  List<ModelVersion> versions(TenantId tenant) {
    return ofFolder(tenant, folder -> versions.in(tenant, folder, FolderNames.in(folder)));
  }

  /**
   * The tenant's versions if there is nothing of the name {@code live}, neither before they are
   * read nor after; empty if there may be. At half the cost of {@link #readLive} and {@link
   * #versions}: the system is not asked for what is not there.
   */
  Optional<List<ModelVersion>> versionsWithoutAlias(TenantId tenant) {
    return ofTenant(
        tenant,
        Optional.of(List.of()),
        realRoot -> {
          Path alias = realRoot.resolve(tenant.value()).resolve(LIVE);
          if (system().exists(alias)) {
            return Optional.empty();
          }
          Optional<Path> folder = folders.inside(realRoot, tenant, tenant.value());
          if (folder.isEmpty()) {
            return Optional.of(List.of());
          }
          // Tells also of what leads nowhere or may not be looked at.
          List<String> names = FolderNames.in(folder.get());
          if (names.contains(LIVE)) {
            return Optional.empty();
          }
          List<ModelVersion> found = versions.in(tenant, folder.get(), names);
          return system().exists(alias) ? Optional.empty() : Optional.of(found);
        });
  }

  /** The entries of the tenant's folder that are not versions. */
  List<IgnoredEntry> ignored(TenantId tenant) {
    return ofFolder(tenant, folder -> VersionFolders.others(tenant, folder));
  }

  /**
   * The entries of the root that are not tenants, and those of tenants' folders that are not
   * versions.
   */
  List<IgnoredEntry> ignored() {
    List<IgnoredEntry> ignored = new ArrayList<>();
    try {
      Path realRoot = realRoot();
      for (String name : new TreeSet<>(FolderNames.in(realRoot))) {
        if (!name.startsWith(".")) {
          ignored.addAll(ignored(realRoot, name));
        }
      }
    } catch (IOException e) {
      emptyOrOutage(e);
    }
    return List.copyOf(ignored);
  }

  private List<IgnoredEntry> ignored(Path realRoot, String name) {
    Optional<TenantId> tenant = TenantId.parse(name);
    if (tenant.isEmpty()) {
      return List.of(new IgnoredEntry(name, "not a name that a tenant can have"));
    }
    if (Files.isRegularFile(realRoot.resolve(name))) {
      return List.of(new IgnoredEntry(name, "a file, not the folder of a tenant"));
    }
    try {
      List<IgnoredEntry> inside = ignored(tenant.get());
      return inside.isEmpty() && !VersionFolders.hasOne(realRoot.resolve(name))
          ? List.of(new IgnoredEntry(name, "a folder without a version"))
          : inside;
    } catch (ServingException broken) {
      return List.of(new IgnoredEntry(name, String.valueOf(broken.getMessage())));
    }
  }

  /** Whether there is such a version; cheaper than to list them all. */
  boolean holds(ModelRef ref) {
    return state(ref, METADATA).or(() -> state(ref, MlflowVersions.FILE)).isPresent();
  }

  /** The state of a version's file; empty when there is no such file. */
  Optional<FileState> state(ModelRef ref, String fileName) {
    return ofTenant(
        ref.tenant(),
        Optional.empty(),
        realRoot -> {
          Optional<Path> file = folders.inside(realRoot, ref.tenant(), relative(ref, fileName));
          return file.isPresent() ? FileState.of(file.get()) : Optional.empty();
        });
  }

  /**
   * The tenant's file {@code live}, when there is one. Throws {@code LOAD_FAILED} when there is
   * something of this name that is not a file, or cannot be read: without its alias, a tenant would
   * be served another version.
   */
  Optional<ByteBuffer> readLive(TenantId tenant, int limitBytes) {
    String relative = tenant.value() + "/" + LIVE;
    return ofTenant(
        tenant,
        Optional.empty(),
        realRoot -> {
          Path alias = realRoot.resolve(relative);
          try {
            Optional<ByteBuffer> text =
                read(folders.inside(realRoot, tenant, relative), limitBytes);
            if (text.isEmpty() && Files.exists(alias, LinkOption.NOFOLLOW_LINKS)) {
              // Or it has just come into being.
              text = read(folders.inside(realRoot, tenant, relative), limitBytes);
              if (text.isEmpty()) {
                throw FolderFaults.ofAlias(tenant);
              }
            }
            return text;
          } catch (IOException e) {
            if (Files.exists(alias, LinkOption.NOFOLLOW_LINKS)) {
              throw FolderFaults.ofAlias(tenant, e);
            }
            throw e;
          }
        });
  }

  /**
   * A file of one version, when there is one. Reads at most {@code limitBytes + 1} bytes, which
   * shows the caller that the file is larger.
   */
  Optional<ByteBuffer> read(ModelRef ref, String fileName, long limitBytes) {
    return ofTenant(
        ref.tenant(),
        Optional.empty(),
        realRoot ->
            read(folders.inside(realRoot, ref.tenant(), relative(ref, fileName)), limitBytes));
  }

  private static String relative(ModelRef ref, String fileName) {
    return ref.tenant().value() + "/" + ref.version() + "/" + fileName;
  }

  private static Optional<ByteBuffer> read(Optional<Path> file, long limitBytes)
      throws IOException {
    return file.isPresent() && Files.isRegularFile(file.get())
        ? FileBytes.read(file.get(), limitBytes)
        : Optional.empty();
  }

  /** A read of one tenant's entry. */
  private interface Reading<T> {
    T from(Path folder) throws IOException;
  }

  /** Reads the tenant's folder; empty when there is none. */
  private <T> List<T> ofFolder(TenantId tenant, Reading<List<T>> reading) {
    return ofTenant(
        tenant,
        List.of(),
        realRoot -> {
          Optional<Path> folder = folders.inside(realRoot, tenant, tenant.value());
          return folder.isPresent() ? reading.from(folder.get()) : List.of();
        });
  }

  /** Keeps what is wrong with the root apart from what is wrong with one tenant's entry. */
  private <T> T ofTenant(TenantId tenant, T none, Reading<T> reading) {
    Path realRoot;
    try {
      realRoot = realRoot();
    } catch (IOException e) {
      emptyOrOutage(e);
      return none;
    }
    try {
      return folders.isAnothers(realRoot, tenant) ? none : reading.from(realRoot);
    } catch (IOException e) {
      throw FolderFaults.ofTenant(realRoot, tenant, e);
    }
  }

  private Path realRoot() throws IOException {
    return isReal ? root : root.toRealPath();
  }

  private void emptyOrOutage(IOException e) {
    if (!(missingIsEmpty && e instanceof NoSuchFileException)) {
      throw FolderFaults.ofRoot(e);
    }
  }
}
