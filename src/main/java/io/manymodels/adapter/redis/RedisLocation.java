package io.manymodels.adapter.redis;

import io.manymodels.config.Setting;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The location of a Redis server and how to use it, parsed from its URI: {@code
 * redis://host[:6379][/database]} or {@code rediss://host[:6380][/database]} (TLS), with the
 * options of {@link Options} as query. Holds no secret: user information in the URI is rejected.
 *
 * @param port 1..65535
 * @param database 0..15
 */
record RedisLocation(String host, int port, int database, boolean tls, Options options) {
  static final String PLAIN = "redis";
  static final String TLS = "rediss";
  private static final Pattern DATABASE = Pattern.compile("/([0-9]|1[0-5])|/?");
  private static final int PLAIN_PORT = 6379;
  private static final int TLS_PORT = 6380;
  private static final int MAX_PORT = 65_535;

  /**
   * The parameters in the query of the URI.
   *
   * @param prefix of every key, 0..64 characters of {@code A-Z a-z 0-9 . _ : -}
   * @param ca PEM file with the authorities that are trusted instead of the JDK's; TLS only
   * @param expiry after which an artifact is dropped, counted from when it was written; in hours
   * @param maxBytes the largest artifact that is kept, given in MiB
   * @param waits how long a connection may take
   */
  record Options(
      String prefix, Optional<Path> ca, Optional<Duration> expiry, long maxBytes, Waits waits) {}

  /**
   * In milliseconds.
   *
   * @param connect to have a connection
   * @param answer to have the next bytes of an answer
   */
  record Waits(int connect, int answer) {}

  /** Throws {@link IllegalArgumentException} with what is wrong and what is allowed. */
  static RedisLocation of(URI uri) {
    boolean tls = TLS.equals(uri.getScheme());
    if (!tls && !PLAIN.equals(uri.getScheme())) {
      throw new IllegalArgumentException(
          "expected redis://host:6379/0 or rediss://host:6380/0, got scheme '"
              + uri.getScheme()
              + "'");
    }
    // Before anything that repeats the URI: it may hold a password.
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    if (authority.contains("@")) {
      throw new IllegalArgumentException(
          "a Redis URI holds no user and password; they are taken from "
              + Setting.REDIS_USERNAME.variable()
              + " and "
              + Setting.REDIS_PASSWORD.variables());
    }
    if (uri.getHost() == null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException("expected redis://host:6379/0?prefix=.., got " + uri);
    }
    int port = uri.getPort() == -1 ? (tls ? TLS_PORT : PLAIN_PORT) : uri.getPort();
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException("port: expected 1..65535, got " + port);
    }
    String host = uri.getHost().replaceAll("^\\[|]$", "");
    return new RedisLocation(host, port, database(uri), tls, options(uri, tls));
  }

  private static int database(URI uri) {
    String path = uri.getRawPath();
    if (!DATABASE.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "database: expected 0..15 after the host, as redis://host:6379/0, got '" + path + "'");
    }
    return path.length() <= 1 ? 0 : Integer.parseInt(path.substring(1));
  }

  private static Options options(URI uri, boolean tls) {
    Query query = Query.of(uri.getRawQuery());
    Optional<Path> ca = query.text("ca").map(Path::of);
    if (ca.isPresent() && !tls) {
      throw new IllegalArgumentException("ca: only for rediss://, which uses TLS");
    }
    return new Options(
        query.prefix(),
        ca,
        query.number("ttl_h", 1, 87_600).map(Duration::ofHours),
        query.number("max_mib", 1, 512).orElse(64L) << 20,
        new Waits(
            query.number("connect_ms", 1, 60_000).orElse(250L).intValue(),
            query.number("timeout_ms", 1, 60_000).orElse(1_000L).intValue()));
  }

  /** The name of the server in messages. */
  @Override
  public String toString() {
    return "Redis at " + host + ":" + port;
  }

  /** The options by name, as the URI has them. */
  private record Query(Map<String, String> values) {
    private static final Set<String> NAMES =
        new TreeSet<>(Set.of("prefix", "ca", "ttl_h", "max_mib", "connect_ms", "timeout_ms"));
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{0,64}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final String DEFAULT_PREFIX = "many-models:";

    static Query of(@Nullable String raw) {
      Map<String, String> values = new TreeMap<>();
      for (String option : raw == null || raw.isEmpty() ? new String[0] : raw.split("&", -1)) {
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        if (!NAMES.contains(name)) {
          throw new IllegalArgumentException("unknown option '" + name + "', expected " + NAMES);
        }
        // A plus is a plus, as everywhere in a URI but in forms.
        String encoded = equals < 0 ? "" : option.substring(equals + 1).replace("+", "%2B");
        if (values.put(name, URLDecoder.decode(encoded, StandardCharsets.UTF_8)) != null) {
          throw new IllegalArgumentException(name + ": given twice");
        }
      }
      return new Query(values);
    }

    Optional<String> text(String name) {
      Optional<String> value = Optional.ofNullable(values.get(name));
      if (value.isPresent() && value.get().isBlank()) {
        throw new IllegalArgumentException(name + ": is empty");
      }
      return value;
    }

    String prefix() {
      String prefix = values.getOrDefault("prefix", DEFAULT_PREFIX);
      if (!PREFIX.matcher(prefix).matches()) {
        throw new IllegalArgumentException(
            "prefix: expected 0..64 characters of A-Z a-z 0-9 . _ : -, got '" + prefix + "'");
      }
      return prefix;
    }

    Optional<Long> number(String name, long least, long most) {
      Optional<String> text = Optional.ofNullable(values.get(name));
      Optional<Long> number = text.filter(NUMBER.asMatchPredicate()).map(Long::valueOf);
      if (text.isPresent() && number.filter(n -> n >= least && n <= most).isEmpty()) {
        throw new IllegalArgumentException(
            name + ": expected " + least + ".." + most + ", got '" + text.get() + "'");
      }
      return number;
    }
  }
}
