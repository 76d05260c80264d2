package io.manymodels.adapter.file;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The one place where an {@link IOException} from reading a registry folder becomes ours: what
 * concerns the folder as a whole, and what concerns one tenant's entry in it. The messages hold no
 * path of the machine; the causes do.
 */
final class FolderFaults {

  private FolderFaults() {}

  /** The root cannot be read. */
  static ServingException ofRoot(IOException e) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE, "the registry folder cannot be read (" + reason(e) + ")", e);
  }

  /**
   * One tenant's entry cannot be read, while the root can: {@code LOAD_FAILED} for what stays so
   * until somebody repairs it, else {@code STORE_UNAVAILABLE}.
   */
  static ServingException ofTenant(Path realRoot, TenantId tenant, IOException e) {
    Path entry = realRoot.resolve(tenant.value());
    if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
      return new ServingException(
          ErrorCode.LOAD_FAILED, tenant + ": is a file in the registry, not a folder", e);
    }
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE,
        tenant + ": what the registry has of it cannot be read (" + reason(e) + ")",
        e);
  }

  /** The tenant's alias is there, and is not a file that can be read. */
  static ServingException ofAlias(TenantId tenant) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, tenant + ": its entry live is no file that holds a version number");
  }

  /** The system does not let the tenant's alias be read, or it is a link to itself. */
  static ServingException ofAlias(TenantId tenant, IOException e) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, tenant + ": the file live cannot be read (" + reason(e) + ")", e);
  }

  /**
   * The reason that the system gives, such as {@code Read-only file system} or {@code Stale file
   * handle}; never a path.
   */
  static String reason(IOException e) {
    @Nullable String said = null;
    if (e instanceof FileSystemException file) {
      said = file.getReason();
    } else if (e.getClass().equals(IOException.class)) {
      said = e.getMessage();
    }
    if (said != null) {
      return said;
    }
    return e instanceof NoSuchFileException
        ? "there is nothing of that name"
        : e.getClass().getSimpleName().replaceFirst("Exception$", "");
  }
}
