package io.manymodels.cli.console;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Reads the file of a model wholly. */
public final class ModelFile {
  /** The largest artifact that every registry's store reads. */
  public static final long MAX_BYTES = 512L << 20;

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
        throw refused(
            what,
            file,
            "it is a folder without a file MLmodel, so not a model; models in folders are published"
                + " by --dir");
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

  /**
   * A file that another one names, mapped from the disk.
   *
   * @param model the file that names it
   * @param name relative to the model's folder
   * @throws ServingException {@code LOAD_FAILED} when there is no such file in that folder
   */
  public static ByteBuffer readBeside(Path model, String name) {
    String whose = "the model keeps weights in the file '" + name + "', which ";
    try {
      Path here = model.toAbsolutePath();
      Path file = here.resolveSibling(name).normalize();
      if (!file.startsWith(here.resolveSibling("").normalize()) || !Files.isRegularFile(file)) {
        throw new ServingException(
            ErrorCode.LOAD_FAILED,
            whose
                + "is not in its folder; copy it beside "
                + name(model)
                + ", or export the model in one file (torch.onnx.export(..., external_data=False))");
      }
      try (FileChannel channel = FileChannel.open(file)) {
        if (channel.size() > Integer.MAX_VALUE) {
          throw new ServingException(
              ErrorCode.LOAD_FAILED, whose + "has 2 GiB or more; a model has less");
        }
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      }
    } catch (IOException | InvalidPathException e) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          whose + "cannot be read (" + e.getClass().getSimpleName() + ")",
          e);
    }
  }

  /** A file of at most {@code limit} bytes; one byte more of a file that is longer. */
  public static ByteBuffer readSmall(Path file, int limit) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ByteBuffer.wrap(in.readNBytes(limit + 1));
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
