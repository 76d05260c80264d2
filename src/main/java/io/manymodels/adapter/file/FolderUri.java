package io.manymodels.adapter.file;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;

/** The URI of a registry folder: {@code file:/absolute/path}. */
final class FolderUri {
  static final String SCHEME = "file";

  private FolderUri() {}

  /** Throws {@link IllegalArgumentException} with what is wrong; touches no file. */
  static RegistryFolder open(URI location) {
    if (!SCHEME.equalsIgnoreCase(location.getScheme())) {
      throw new IllegalArgumentException("expected file:/absolute/path, got " + location);
    }
    try {
      return new RegistryFolder(Path.of(location), new FolderSystem());
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      throw new IllegalArgumentException(
          "expected file:/absolute/path, got " + location + " (" + e.getMessage() + ")", e);
    }
  }
}
