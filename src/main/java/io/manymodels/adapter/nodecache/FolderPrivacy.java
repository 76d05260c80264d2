package io.manymodels.adapter.nodecache;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Keeps a cache to its user: others could replace its files, or truncate them while they are
 * mapped. Where a system has no POSIX owners, as Windows, a folder is as private as the one around
 * it, and nobody can truncate a file that is mapped. Immutable and thread-safe.
 */
final class FolderPrivacy {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  private static final int ROOT_USER = 0;

  private final boolean posix;
  private final Path self;

  /** As this system lets it. */
  FolderPrivacy() {
    this(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        Path.of("/proc/self"));
  }

  /**
   * @param posix false where there are no owners
   * @param self of Linux, belongs to the user of this process; need not exist
   */
  FolderPrivacy(boolean posix, Path self) {
    this.posix = posix;
    this.self = self;
  }

  /** For making a folder. */
  FileAttribute<?>[] ofFolder() {
    return attributes(OWNER_ONLY);
  }

  /** For making a file. */
  FileAttribute<?>[] ofFile() {
    return attributes(PosixFilePermissions.fromString("rw-------"));
  }

  private FileAttribute<?>[] attributes(Set<PosixFilePermission> permissions) {
    return posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  /** Throws {@link ForeignFolderException} when another user could replace what is in it. */
  void requireParent(Path parent) throws IOException {
    if (posix) {
      int user = user(parent);
      if (user != ROOT_USER && user != ours()) {
        throw new ForeignFolderException("the folder that it is in belongs to another user");
      }
    }
  }

  /**
   * Lets nobody else enter; throws {@link ForeignFolderException} when it is a link or another's.
   */
  void require(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new ForeignFolderException("it is a link or a file");
    }
    if (posix) {
      if (user(folder, LinkOption.NOFOLLOW_LINKS) != ours()) {
        throw new ForeignFolderException("it belongs to another user");
      }
      if (!Files.getPosixFilePermissions(folder).equals(OWNER_ONLY)) {
        Files.setPosixFilePermissions(folder, OWNER_ONLY);
      }
    }
  }

  /** Without {@code /proc}, as on macOS, the user is the one to whom a new file belongs. */
  private int ours() throws IOException {
    try {
      return user(self);
    } catch (NoSuchFileException e) {
      return ownerOfNewFile();
    }
  }

  private static int ownerOfNewFile() throws IOException {
    Path made;
    try {
      made = Files.createTempFile("many-models-", ".user");
    } catch (IOException e) {
      throw new IOException("no file can be made in java.io.tmpdir, to see to whom it belongs", e);
    }
    try {
      return user(made);
    } finally {
      Files.deleteIfExists(made);
    }
  }

  private static int user(Path path, LinkOption... options) throws IOException {
    return (int) Files.getAttribute(path, "unix:uid", options);
  }
}
