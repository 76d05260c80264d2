package io.manymodels.adapter.redis;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;

/**
 * An artifact store in Redis. Each artifact is under {@code <prefix>artifact:<sha256>}, so equal
 * artifacts of many tenants are stored once. Artifacts above the size limit of the location are not
 * kept. Thread-safe.
 */
final class RedisArtifactStore implements WritableArtifactStore {
  private final RedisEndpoint endpoint;
  private final RedisCalls calls;

  RedisArtifactStore(RedisEndpoint endpoint, Ticker ticker) {
    this.endpoint = endpoint;
    this.calls = new RedisCalls(endpoint, ticker);
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    long size = artifact.sizeBytes();
    if (size > maxBytes()) {
      return Optional.empty();
    }
    if (size == 0) {
      boolean held = !Long.valueOf(0).equals(call(artifact, Command.EXISTS, 0, key(artifact)));
      return held ? Optional.of(ByteBuffer.allocate(0).asReadOnlyBuffer()) : Optional.empty();
    }
    // One byte more than there should be shows that there are more, without reading them all. What
    // is missing comes back as no bytes.
    byte[] bytes = bytes(call(artifact, Command.GETRANGE, size, key(artifact), 0, size));
    if (bytes.length > size) {
      throw new ServingException(
          ErrorCode.ARTIFACT_CORRUPT,
          artifact.ref()
              + ": "
              + endpoint.location()
              + " holds more than the "
              + size
              + " bytes that were published");
    }
    return bytes.length == 0
        ? Optional.empty()
        : Optional.of(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
  }

  @Override
  public void write(ArtifactDescriptor artifact, ByteBuffer bytes) {
    if (bytes.remaining() > maxBytes()) {
      drop(artifact);
      return;
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    endpoint
        .location()
        .options()
        .expiry()
        .ifPresentOrElse(
            expiry ->
                call(
                    artifact,
                    Command.SET,
                    copy.length,
                    key(artifact),
                    copy,
                    "EX",
                    expiry.toSeconds()),
            () -> call(artifact, Command.SET, copy.length, key(artifact), copy));
  }

  @Override
  public void drop(ArtifactDescriptor artifact) {
    call(artifact, Command.UNLINK, 0, key(artifact));
  }

  @Override
  public void close() {
    calls.close();
  }

  private long maxBytes() {
    return endpoint.location().options().maxBytes();
  }

  private String key(ArtifactDescriptor artifact) {
    return endpoint.key("artifact:" + artifact.digest().hex());
  }

  /** Adds the tenant and version of the artifact to the message. */
  private @Nullable Object call(
      ArtifactDescriptor artifact, Command command, long bytes, Object... arguments) {
    CommandArguments all = RedisCalls.command(command, arguments);
    try {
      return calls.call(all, bytes);
    } catch (ServingException e) {
      throw new ServingException(e.code(), artifact.ref() + ": " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(@Nullable Object answer) {
    return answer instanceof byte[] bytes ? bytes : new byte[0];
  }
}
