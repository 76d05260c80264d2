package io.manymodels.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * The token of the operators, when one is configured: see {@link Setting#ADMIN_TOKEN}. Immutable.
 */
public final class AdminToken {
  private final byte[] token;

  private AdminToken(byte[] token) {
    this.token = token;
  }

  /**
   * The token; empty when none is configured. Throws {@link IllegalArgumentException} when the file
   * cannot be read or holds no token.
   */
  public static Optional<AdminToken> from(Environment environment) {
    return environment
        .secret(Setting.ADMIN_TOKEN)
        .map(secret -> new AdminToken(secret.read().getBytes(UTF_8)));
  }

  /** Whether this is it; how long the answer takes does not tell how much of it is right. */
  boolean is(String shown) {
    return MessageDigest.isEqual(shown.getBytes(UTF_8), token);
  }
}
