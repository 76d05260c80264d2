package io.manymodels.adapter.file;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * The tenants' folders in the root of a registry: by their exact names, and never outside the root.
 * Thread-safe.
 */
final class TenantFolders {
  private final FolderSystem system;
  private final ExactNames names;

  TenantFolders(FolderSystem system) {
    this(system, new ExactNames(system));
  }

  private TenantFolders(FolderSystem system, ExactNames names) {
    this.system = system;
    this.names = names;
  }

  FolderSystem system() {
    return system;
  }

  /** For many reads of one root within a moment. */
  TenantFolders forOneUse() {
    return new TenantFolders(system, names.forOneUse());
  }

  /** Whether what the file system finds under the tenant's name has another name. */
  boolean isAnothers(Path realRoot, TenantId tenant) throws IOException {
    return names.isAnothers(realRoot, tenant.value());
  }

  /**
   * Where a path below the root leads to, or empty when there is nothing.
   *
   * @param relative begins with the tenant's name, which {@link #isAnothers} was asked about
   */
  Optional<Path> inside(Path realRoot, TenantId tenant, String relative) throws IOException {
    Path real;
    try {
      real = system.real(realRoot.resolve(relative));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!real.startsWith(realRoot)) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, tenant + ": a link in the registry folder leads out of it");
    }
    return Optional.of(real);
  }

  /** The tenant's folder; throws {@link NoSuchFileException} when there is none. */
  Path existing(Path realRoot, TenantId tenant) throws IOException {
    if (isAnothers(realRoot, tenant)) {
      throw new NoSuchFileException(tenant.value());
    }
    return inside(realRoot, tenant, tenant.value())
        .orElseThrow(() -> new NoSuchFileException(tenant.value()));
  }

  /**
   * The tenant's folder, which is made when there is none. Throws {@code INVALID_INPUT} where the
   * file system cannot have a folder of this name.
   */
  Path create(Path realRoot, TenantId tenant) throws IOException {
    if (isAnothers(realRoot, tenant)) {
      throw refused(realRoot, tenant);
    }
    Optional<Path> folder = inside(realRoot, tenant, tenant.value());
    return folder.isPresent() ? folder.get() : make(realRoot, tenant);
  }

  private Path make(Path realRoot, TenantId tenant) throws IOException {
    Path made;
    try {
      made = system.createFolder(realRoot.resolve(tenant.value()));
    } catch (NoSuchFileException rootIsGone) {
      throw rootIsGone;
    } catch (FileSystemException e) {
      if (ExactNames.isReserved(tenant.value()) && isRefusedByName(realRoot, tenant)) {
        throw refused(realRoot, tenant);
      }
      if (e instanceof FileAlreadyExistsException) {
        // Another publisher was quicker.
        return existing(realRoot, tenant);
      }
      throw e;
    }
    if (isAnothers(realRoot, tenant)) {
      Files.delete(made);
      throw refused(realRoot, tenant);
    }
    system.force(realRoot);
    return made;
  }

  /** Whether there is no such folder, and others can be made. */
  private static boolean isRefusedByName(Path realRoot, TenantId tenant) throws IOException {
    if (FolderNames.in(realRoot).contains(tenant.value())) {
      return false;
    }
    Files.delete(Files.createDirectory(realRoot.resolve(Leftovers.NEW + UUID.randomUUID())));
    return true;
  }

  private static ServingException refused(Path realRoot, TenantId tenant) throws IOException {
    String why =
        ExactNames.takenFor(realRoot, tenant.value())
            .map(other -> "does not tell this name from '" + other + "', which is there")
            .orElse("cannot have a folder of this name");
    return new ServingException(
        ErrorCode.INVALID_INPUT, "tenant '" + tenant + "': the file system of the registry " + why);
  }
}
