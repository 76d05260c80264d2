package io.manymodels.adapter.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A folder that the processes of one user share on a node, and nobody else may enter. Where a file
 * system has no POSIX permissions, as on Windows, it is as private as the folder around it, which
 * is the user's own there.
 */
final class PrivateFolder {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private PrivateFolder() {}

  /** The path of such a folder below {@code java.io.tmpdir}: the name and that of the user. */
  static Path path(String name) {
    String user = System.getProperty("user.name", "").replaceAll("\\W", "_");
    return Path.of(System.getProperty("java.io.tmpdir", "/tmp"), name + "-" + user);
  }

  /** Creates the folder if it does not exist. */
  static void create(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(folder, PRIVATE);
    } else {
      Files.createDirectories(folder);
    }
  }
}
