package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The token for calls that only operators may make, from where the application has it too. */
final class BearerToken {
  private static final String VALUE = "MANY_MODELS_ADMIN_TOKEN";
  private static final String FILE = "MANY_MODELS_ADMIN_TOKEN_FILE";

  private BearerToken() {}

  /** Throws {@link BadInputException} when the file cannot be read or the token is none. */
  static Optional<String> from(Map<String, String> environment) {
    @Nullable String value = environment.get(VALUE);
    @Nullable String file = environment.get(FILE);
    if (value == null && file != null) {
      try {
        value = Files.readString(Path.of(file));
      } catch (IOException | InvalidPathException e) {
        throw new BadInputException(FILE + ": the file cannot be read");
      }
    }
    if (value == null) {
      return Optional.empty();
    }
    String token = value.strip();
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new BadInputException(VALUE + ": the token is empty or has unusual characters");
    }
    return Optional.of(token);
  }
}
