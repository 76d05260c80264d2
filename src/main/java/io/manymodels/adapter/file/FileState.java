package io.manymodels.adapter.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Optional;

/**
 * The state of a file: another one when it may have been written to.
 *
 * @param size in bytes
 * @param changed when it was written to last
 */
record FileState(long size, Instant changed) {

  /** Empty when there is no such file. */
  static Optional<FileState> of(Path file) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? Optional.of(new FileState(attributes.size(), attributes.lastModifiedTime().toInstant()))
          : Optional.empty();
    } catch (NoSuchFileException removed) {
      return Optional.empty();
    }
  }
}
