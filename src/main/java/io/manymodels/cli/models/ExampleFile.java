package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.json.ExampleJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the file of an example. Stateless. */
final class ExampleFile {
  private ExampleFile() {}

  /** Throws {@link BadInputException} that names {@code what} and the file. */
  static ExampleJson read(String what, Path file) {
    try {
      if (Files.size(file) > ExampleJson.MAX_FILE_BYTES) {
        throw new IllegalArgumentException(
            "it is larger than " + ExampleJson.MAX_FILE_BYTES + " bytes; one row is enough");
      }
      return ExampleJson.read(Files.readString(file));
    } catch (IOException e) {
      throw BadInputException.of(
          what, file.toString(), "cannot be read (" + e.getClass().getSimpleName() + ")");
    } catch (IllegalArgumentException e) {
      throw BadInputException.of(what, file.toString(), String.valueOf(e.getMessage()));
    }
  }
}
