package io.manymodels.adapter.redis;

import io.manymodels.config.Environment;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.net.URI;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.JedisClientConfig;

/** A Redis server and how to connect to it: timeouts, login, TLS. Immutable and thread-safe. */
final class RedisEndpoint {
  private final RedisLocation location;
  private final RedisSockets sockets;
  private final JedisClientConfig config;

  private RedisEndpoint(RedisLocation location, RedisSockets sockets, JedisClientConfig config) {
    this.location = location;
    this.sockets = sockets;
    this.config = config;
  }

  /** Calls nobody. Throws {@link IllegalArgumentException} with what is wrong. */
  static RedisEndpoint of(URI uri, Environment environment) {
    RedisLocation location = RedisLocation.of(uri);
    RedisLocation.Options options = location.options();
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .socketTimeoutMillis(options.waits().answer())
            .database(location.database())
            // Otherwise the user needs the right to CLIENT.
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
    EnvironmentLogin.of(environment).ifPresent(config::credentialsProvider);
    Optional<SSLSocketFactory> tls = Optional.empty();
    if (location.tls()) {
      tls =
          options
              .ca()
              .map(TrustedAuthorities::read)
              .or(() -> Optional.of((SSLSocketFactory) SSLSocketFactory.getDefault()));
    }
    return new RedisEndpoint(location, new RedisSockets(location, tls), config.build());
  }

  RedisLocation location() {
    return location;
  }

  /** The key of this name, with the prefix of the endpoint. */
  String key(String name) {
    return location.options().prefix() + name;
  }

  /** A connection of its own. */
  Connection connect() {
    return new Connection(sockets, config);
  }

  ConnectionFactory connections() {
    return new ConnectionFactory(sockets, config);
  }

  /** The message for a caller after the failure. */
  ServingException unavailable(Throwable failure) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE, location + " " + RedisFailures.explain(failure), failure);
  }

  /** The message for a caller during a pause. */
  ServingException unavailable(String reason) {
    return new ServingException(ErrorCode.STORE_UNAVAILABLE, location + " " + reason);
  }
}
