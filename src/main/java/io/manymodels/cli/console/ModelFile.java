package io.manymodels.cli.console;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Reads the file of a model wholly. */
public final class ModelFile {
  /** The largest artifact that every registry's store reads. */
  static final long MAX_BYTES = 512L << 20;

  private static final int HEAP_BYTES = 1 << 20;

  private ModelFile() {}

  public static Path path(String parameter, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw BadInputException.of(parameter, text, "expected the path of a file");
    }
  }

  /** Throws {@link CommandFailedException} as bad input, naming {@code what} and the file. */
  public static ByteBuffer read(String what, Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw refused(what, file, "it is a folder (see: publish --dir)");
      }
      if (Files.notExists(file)) {
        throw refused(what, file, "there is no such file");
      }
      if (!Files.isRegularFile(file)) {
        throw refused(what, file, "it is no regular file");
      }
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw refused(what, file, "it has " + size + " bytes; at most " + MAX_BYTES + " are taken");
      }
      if (size == 0) {
        throw refused(what, file, "it is empty");
      }
      return readAll(what, file, (int) size);
    } catch (IOException e) {
      throw refused(what, file, "it cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  public static boolean isVisibleFile(Path file) {
    return Files.isRegularFile(file) && !name(file).startsWith(".");
  }

  public static boolean isVisibleFolder(Path folder) {
    return Files.isDirectory(folder, new LinkOption[0]) && !name(folder).startsWith(".");
  }

  public static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static ByteBuffer readAll(String what, Path file, int size) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      // Loaders take direct memory as it lies; of many small pieces of it the holes would stay.
      ByteBuffer bytes =
          size < HEAP_BYTES ? ByteBuffer.allocate(size + 1) : ByteBuffer.allocateDirect(size + 1);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // The channel gives what it has.
      }
      bytes.flip();
      if (bytes.remaining() != size) {
        throw refused(what, file, "it was written to while it was read");
      }
      return bytes.asReadOnlyBuffer();
    }
  }

  private static CommandFailedException refused(String what, Path file, String why) {
    return CommandFailedException.badInput(what + ": the file " + file + ": " + why);
  }
}
