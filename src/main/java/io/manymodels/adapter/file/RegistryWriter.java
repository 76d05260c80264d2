package io.manymodels.adapter.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Changes a registry folder so that a reader sees a change wholly or not at all, at any moment. A
 * new entry is written under a name that starts with a dot, forced to disk and renamed; a deleted
 * entry is renamed to such a name first. Permissions are the caller's concern. Thread-safe.
 */
final class RegistryWriter {
  private static final int MAX_ATTEMPTS = 50;

  private final Path root;
  private final FolderSystem system;
  private final TenantFolders folders;
  private final Leftovers leftovers;
  private final AtomicBoolean rootIsSwept = new AtomicBoolean();

  RegistryWriter(Path root, Ticker ticker, FolderSystem system) {
    this.root = root;
    this.system = system;
    this.folders = new TenantFolders(system);
    this.leftovers = new Leftovers(ticker);
  }

  static ServingException failed(String what, Exception e) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE,
        what + ": the registry folder cannot be written to (" + e.getClass().getSimpleName() + ")",
        e);
  }

  /**
   * Throws {@code VERSION_EXISTS} when there is such a version, finished or not, and {@code
   * INVALID_INPUT} where the file system cannot have a folder of the tenant's name.
   */
  void publish(ArtifactDescriptor artifact, String metadata, ByteBuffer bytes) {
    for (int attempt = 1; ; attempt++) {
      try {
        Path tenant = createTenant(artifact.ref().tenant());
        leftovers.sweep(tenant);
        publishInto(tenant, artifact, metadata, bytes);
        return;
      } catch (NoSuchFileException e) {
        // The tenant was deleted under our hands: then this is the first version of a new one.
        if (attempt == MAX_ATTEMPTS) {
          throw failed(artifact.ref().toString(), e);
        }
      } catch (IOException e) {
        throw failed(artifact.ref().toString(), e);
      }
    }
  }

  /** Sets the alias; the version is there, and a lock keeps it there. */
  void writeLive(ModelRef ref) throws IOException {
    Path tenant = existing(ref.tenant());
    Path fresh = tenant.resolve(Leftovers.NEW_LIVE + UUID.randomUUID());
    try {
      write(fresh, ByteBuffer.wrap(ref.version().toString().getBytes(UTF_8)));
      system.rename(fresh, tenant.resolve(RegistryFolder.LIVE));
    } catch (IOException e) {
      Leftovers.removeTree(fresh);
      throw e;
    }
    system.force(tenant);
  }

  /** Makes a version invisible. */
  void hide(ModelRef ref) throws IOException {
    Path tenant = existing(ref.tenant());
    hide(tenant, ref.version().toString());
  }

  /** Makes a tenant invisible with all that it has. A link is hidden, not where it leads to. */
  void hide(TenantId tenant) throws IOException {
    hide(root.toRealPath(), tenant.value());
  }

  /** Removes what is hidden in a tenant's folder; what cannot be removed stays for later. */
  void removeHidden(TenantId tenant) {
    try {
      leftovers.removeDeleted(existing(tenant));
    } catch (IOException stays) {
      // The next publisher tries again.
    }
  }

  /** Removes hidden tenants; what cannot be removed stays for later. */
  void removeHidden() {
    leftovers.removeDeleted(root);
  }

  private void publishInto(
      Path tenant, ArtifactDescriptor artifact, String metadata, ByteBuffer bytes)
      throws IOException {
    Path version = tenant.resolve(artifact.ref().version().toString());
    // Asked before anything is written, and because a rename would replace an empty folder, which
    // somebody may be about to copy into.
    if (Files.exists(version, LinkOption.NOFOLLOW_LINKS)) {
      throw exists(artifact.ref());
    }
    Path fresh = Files.createDirectory(tenant.resolve(Leftovers.NEW + UUID.randomUUID()));
    try {
      write(fresh.resolve("model." + artifact.format()), bytes.duplicate());
      write(fresh.resolve(RegistryFolder.METADATA), ByteBuffer.wrap(metadata.getBytes(UTF_8)));
      system.force(fresh);
      system.rename(fresh, version);
    } catch (IOException e) {
      Leftovers.removeTree(fresh);
      if (e instanceof FileSystemException && Files.exists(version, LinkOption.NOFOLLOW_LINKS)) {
        throw exists(artifact.ref());
      }
      throw e;
    }
    system.force(tenant);
  }

  private static ServingException exists(ModelRef ref) {
    return new ServingException(
        ErrorCode.VERSION_EXISTS, ref + " is published already; versions never change");
  }

  private Path createTenant(TenantId tenant) throws IOException {
    Files.createDirectories(root);
    Path realRoot = root.toRealPath();
    if (rootIsSwept.compareAndSet(false, true)) {
      leftovers.sweep(realRoot);
    }
    return folders.create(realRoot, tenant);
  }

  /** Throws {@link NoSuchFileException} when the tenant has no folder. */
  private Path existing(TenantId tenant) throws IOException {
    return folders.existing(root.toRealPath(), tenant);
  }

  private void hide(Path folder, String name) throws IOException {
    system.rename(folder.resolve(name), folder.resolve(Leftovers.DELETED + UUID.randomUUID()));
    system.force(folder);
  }

  private static void write(Path file, ByteBuffer bytes) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }
}
