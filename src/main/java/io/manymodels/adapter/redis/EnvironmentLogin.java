package io.manymodels.adapter.redis;

import io.manymodels.config.Environment;
import io.manymodels.config.Secret;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisCredentials;

/**
 * User and password from the environment. A password in a file is read again for every connection,
 * so a password or a token of Microsoft Entra ID can be rotated by replacing the file. Immutable;
 * shows no secret.
 */
final class EnvironmentLogin implements Supplier<RedisCredentials> {
  private final @Nullable String username;
  private final Secret password;

  private EnvironmentLogin(@Nullable String username, Secret password) {
    this.username = username;
    this.password = password;
  }

  /**
   * Empty when there is neither user nor password. Reads no file.
   *
   * @throws IllegalArgumentException when the variables contradict each other
   */
  static Optional<Supplier<RedisCredentials>> of(Environment environment) {
    @Nullable String username = environment.text(Setting.REDIS_USERNAME).orElse(null);
    Optional<Secret> password = environment.secret(Setting.REDIS_PASSWORD);
    if (password.isEmpty() && username != null) {
      throw new IllegalArgumentException(
          Setting.REDIS_USERNAME.variable() + " needs a " + Setting.REDIS_PASSWORD.variables());
    }
    return password.map(secret -> new EnvironmentLogin(username, secret));
  }

  /**
   * The login of the next connection.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE} when the file has no password
   */
  @Override
  public RedisCredentials get() {
    try {
      return new DefaultRedisCredentials(username, password.read());
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.STORE_UNAVAILABLE, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public String toString() {
    return "login from the environment";
  }
}
