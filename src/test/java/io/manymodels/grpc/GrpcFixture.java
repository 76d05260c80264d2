package io.manymodels.grpc;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.http.DirectAddress;
import io.manymodels.standalone.MachineDefaults;
import io.manymodels.standalone.OneProcess;
import io.manymodels.standalone.ServedApplication;
import io.manymodels.stores.Stores;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.InferenceClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The application in this JVM, with a port for gRPC and some tiny models. */
final class GrpcFixture implements AutoCloseable {
  private static final long MEMORY = 256L << 20;

  private final OneProcess process;
  private final InferenceClient client;

  private GrpcFixture(OneProcess process) {
    this.process = process;
    this.client = newClient(GrpcFixture::pack);
  }

  /**
   * Starts it.
   *
   * @param models each a tenant, and the file of its model
   */
  static GrpcFixture start(Path folder, Environment settings, String... models) {
    Environment environment =
        (settings.has(Setting.GRPC_PORT) ? settings : settings.with(Setting.GRPC_PORT, "0"))
            .with(Setting.REHEARSAL, "off")
            .with(Setting.REGISTRY, folder.resolve("models").toUri().toString())
            .with(Setting.STATE, folder.resolve("state").toUri().toString());
    for (String name : models) {
      byte[] model = Artifacts.tinyOnnx(name);
      try (var stores = new Stores(environment);
          var registry = stores.writableRegistry()) {
        registry.publish(
            Artifacts.describe(Artifacts.ref(name, 1), model), "", ByteBuffer.wrap(model));
      }
    }
    DirectAddress http = new DirectAddress("127.0.0.1", 0, Duration.ofSeconds(60));
    ServedApplication served = MachineDefaults.of(MEMORY, 2);
    try {
      return new GrpcFixture(OneProcess.start(environment, served, http));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pack(NettyChannelBuilder client) {
    client
        .compressorRegistry(CallCompression.compressors())
        .decompressorRegistry(CallCompression.decompressors());
  }

  /** Where it listens for gRPC, on loopback. */
  int port() {
    return process.grpc().orElseThrow().port();
  }

  /** A client with a connection of its own, to be closed by the caller. */
  InferenceClient newClient(Consumer<NettyChannelBuilder> properties) {
    return InferenceClient.of("127.0.0.1", port(), properties);
  }

  OneProcess process() {
    return process;
  }

  /** A client that is connected to it. */
  InferenceClient client() {
    return client;
  }

  /** The same client with other options. */
  InferenceClient client(CallOptions options) {
    return client.with(options);
  }

  /** The status with which a call fails. */
  static Status failure(ThrowingCallable call) {
    return Assertions.catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
  }

  @Override
  public void close() {
    client.close();
    process.drain(Duration.ZERO);
  }
}
