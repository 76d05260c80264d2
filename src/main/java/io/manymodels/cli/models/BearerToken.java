package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.config.Environment;
import io.manymodels.config.Secret;
import io.manymodels.config.Setting;
import java.util.Optional;

/** The token for calls that only operators may make, from where the application has it too. */
final class BearerToken {
  private BearerToken() {}

  /** Throws {@link BadInputException} when the file cannot be read or the token is none. */
  static Optional<String> from(Environment environment) {
    try {
      return environment.secret(Setting.ADMIN_TOKEN).map(Secret::read);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
  }
}
