package io.manymodels.calls;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The same by Vert.x, as its documentation has it: a verticle for each event loop. */
final class VertxHttpEcho implements Echoing {
  private final Vertx vertx;
  private final AtomicInteger port = new AtomicInteger();

  VertxHttpEcho() {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(NettyHttpEcho.EVENT_LOOPS));
    if (!vertx.isNativeTransportEnabled()) {
      throw new IllegalStateException("no epoll", vertx.unavailableNativeTransportCause());
    }
    await(
        vertx.deployVerticle(
            Back::new, new DeploymentOptions().setInstances(NettyHttpEcho.EVENT_LOOPS)));
  }

  @Override
  public int port() {
    return port.get();
  }

  @Override
  public void close() {
    await(vertx.close());
  }

  private static void await(Future<?> future) {
    try {
      future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Back extends VerticleBase {
    @Override
    public Future<HttpServer> start() {
      // Verticles that ask for the same negative port share one that is free.
      return vertx
          .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(-1))
          .requestHandler(
              request ->
                  request
                      .body()
                      .onSuccess(
                          body ->
                              request
                                  .response()
                                  .putHeader("content-type", "application/json")
                                  .end(body)))
          .listen()
          .onSuccess(server -> port.set(server.actualPort()));
    }
  }
}
