package io.manymodels.calls;

import java.io.IOException;

/** Runs one of the servers that send back what they get. */
public final class Echoes {
  private Echoes() {}

  /**
   * Prints the port that it listens on, and serves until its input ends.
   *
   * @param arguments framed, own, own-port, grpc, netty-http or vertx-http
   */
  public static void main(String[] arguments) throws IOException {
    try (Echoing server = server(arguments[0])) {
      System.out.println(server.port());
      System.out.flush();
      var ignored = System.in.read();
    }
  }

  private static Echoing server(String kind) {
    return switch (kind) {
      case "framed" -> new FramedEcho();
      case "grpc" -> new GrpcEcho();
      case "own", "own-port" -> new OwnEcho();
      case "netty-http" -> new NettyHttpEcho();
      case "vertx-http" -> new VertxHttpEcho();
      default -> throw new IllegalArgumentException("unknown kind " + kind);
    };
  }
}
