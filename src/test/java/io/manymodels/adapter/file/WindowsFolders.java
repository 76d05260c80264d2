package io.manymodels.adapter.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Folders as on Windows: neither case nor a dot at the end tells names apart, devices have names
 * that no folder can have, no folder can be opened, and a rename is refused while a file is open,
 * which here is the first time that it is tried.
 */
final class WindowsFolders extends FolderSystem {
  private final AtomicInteger renames = new AtomicInteger();

  WindowsFolders() {
    super(false);
  }

  @Override
  Path real(Path path) throws IOException {
    Path at = Objects.requireNonNull(path.getRoot());
    for (Path element : path) {
      at = stored(at, element.toString());
    }
    return at.toRealPath();
  }

  private static Path stored(Path folder, String name) throws IOException {
    String bare = bare(name);
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> entry.getFileName().toString().equalsIgnoreCase(bare))
          .findFirst()
          .orElseThrow(() -> new NoSuchFileException(bare));
    }
  }

  private static String bare(String name) {
    return name.replaceFirst("(?<=.)\\.+$", "");
  }

  @Override
  boolean exists(Path path) {
    try {
      return Files.exists(real(path));
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  Path createFolder(Path folder) throws IOException {
    String name = bare(folder.getFileName().toString());
    if (name.matches("(?i)(con|nul)(\\..*)?")) {
      throw new FileSystemException(folder.toString(), null, "The directory name is invalid");
    }
    Path parent = real(Objects.requireNonNull(folder.getParent()));
    try {
      throw new FileAlreadyExistsException(stored(parent, name).toString());
    } catch (NoSuchFileException e) {
      return Files.createDirectory(parent.resolve(name));
    }
  }

  @Override
  void renameNow(Path from, Path to) throws IOException {
    if (renames.incrementAndGet() % 2 == 1) {
      throw new AccessDeniedException(from.toString());
    }
    super.renameNow(from, to);
  }
}
