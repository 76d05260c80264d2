package io.manymodels.adapter.redis;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisCredentials;

/**
 * User and password from the environment. A password in a file is read anew for every connection,
 * so that whoever rotates it, or a token of Microsoft Entra ID, only has to replace the file.
 * Thread-safe; shows no secret.
 */
final class EnvironmentLogin implements Supplier<RedisCredentials> {
  static final String USERNAME = "MANY_MODELS_REDIS_USERNAME";
  static final String PASSWORD = "MANY_MODELS_REDIS_PASSWORD";
  static final String PASSWORD_FILE = "MANY_MODELS_REDIS_PASSWORD_FILE";
  private static final int MAX_BYTES = 64 << 10;

  private final @Nullable String username;
  private final @Nullable String password;
  private final Path file;

  private EnvironmentLogin(@Nullable String username, @Nullable String password, Path file) {
    this.username = username;
    this.password = password;
    this.file = file;
  }

  /**
   * Empty when there is neither user nor password. Reads no file.
   *
   * @throws IllegalArgumentException when the variables contradict each other
   */
  static Optional<Supplier<RedisCredentials>> of(Map<String, String> environment) {
    @Nullable String username = value(environment, USERNAME);
    @Nullable String password = value(environment, PASSWORD);
    @Nullable String file = value(environment, PASSWORD_FILE);
    if (password != null && file != null) {
      throw new IllegalArgumentException("set " + PASSWORD + " or " + PASSWORD_FILE + ", not both");
    }
    if (password == null && file == null) {
      if (username != null) {
        throw new IllegalArgumentException(
            USERNAME + " needs a " + PASSWORD + " or " + PASSWORD_FILE);
      }
      return Optional.empty();
    }
    return Optional.of(new EnvironmentLogin(username, password, Path.of(file == null ? "" : file)));
  }

  private static @Nullable String value(Map<String, String> environment, String name) {
    @Nullable String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /**
   * What the next connection logs in with.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE} when the file has no password
   */
  @Override
  public RedisCredentials get() {
    return new DefaultRedisCredentials(username, password == null ? read() : password);
  }

  private String read() {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw unusable("cannot be read", e);
    }
    String text = new String(bytes, StandardCharsets.UTF_8).strip();
    if (text.isEmpty() || bytes.length > MAX_BYTES) {
      throw unusable(text.isEmpty() ? "is empty" : "is larger than 64 KiB", null);
    }
    return text;
  }

  private static ServingException unusable(String why, @Nullable Exception cause) {
    String message = "the file that " + PASSWORD_FILE + " names " + why;
    return cause == null
        ? new ServingException(ErrorCode.STORE_UNAVAILABLE, message)
        : new ServingException(ErrorCode.STORE_UNAVAILABLE, message, cause);
  }

  @Override
  public String toString() {
    return "login from the environment";
  }
}
