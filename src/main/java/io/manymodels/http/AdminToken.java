package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The token that admin calls must bear, when one is configured: see {@link Setting#ADMIN_TOKEN}.
 * Immutable.
 */
public final class AdminToken {
  private static final String SCHEME = "Bearer ";

  private final byte @Nullable [] token;

  private AdminToken(byte @Nullable [] token) {
    this.token = token;
  }

  /** Throws {@link IllegalArgumentException} when the file cannot be read or holds no token. */
  public static AdminToken from(Environment environment) {
    return environment
        .secret(Setting.ADMIN_TOKEN)
        .map(secret -> new AdminToken(secret.read().getBytes(UTF_8)))
        .orElseGet(() -> new AdminToken(null));
  }

  /** Throws {@code UNAUTHENTICATED} or {@code FORBIDDEN} unless the header bears the token. */
  void check(Optional<String> authorization) {
    if (token == null) {
      return;
    }
    String header = authorization.orElse("");
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw new ServingException(
          ErrorCode.UNAUTHENTICATED, "this call needs the header Authorization: Bearer <token>");
    }
    byte[] got = header.substring(SCHEME.length()).strip().getBytes(UTF_8);
    if (!MessageDigest.isEqual(got, token)) {
      throw new ServingException(ErrorCode.FORBIDDEN, "the token is not the one configured here");
    }
  }
}
