package io.manymodels.adapter.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the bytes of one file, up to a limit. Stateless. */
final class FileBytes {
  private static final int MAX_HEAP_BYTES = 1 << 20;

  private FileBytes() {}

  /**
   * Reads at most {@code limitBytes + 1} bytes, which shows the caller that the file is larger.
   *
   * @return read-only; empty when the file was removed meanwhile
   */
  static Optional<ByteBuffer> read(Path file, long limitBytes) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      ByteBuffer bytes = allocate((int) Math.min(channel.size(), limitBytes + 1));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // The channel gives what it has; the file may have become shorter meanwhile.
      }
      return Optional.of(bytes.flip().asReadOnlyBuffer());
    } catch (NoSuchFileException removed) {
      return Optional.empty();
    }
  }

  /**
   * Allocates small buffers on the heap: direct memory is given back only by a garbage collection,
   * and many small pieces of it leave holes between what lives longer.
   */
  private static ByteBuffer allocate(int bytes) {
    return bytes <= MAX_HEAP_BYTES ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
  }
}
