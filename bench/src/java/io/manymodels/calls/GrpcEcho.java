package io.manymodels.calls;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;

/** The same by gRPC: one unary method that takes and gives bytes as they are. */
final class GrpcEcho implements Echoing {
  private static final String SERVICE = "Bench";
  static final MethodDescriptor<byte[], byte[]> METHOD =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Echo"))
          .setRequestMarshaller(new PlainBytes())
          .setResponseMarshaller(new PlainBytes())
          .build();

  private final Server server;

  GrpcEcho() {
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .directExecutor()
              .addService(
                  ServerServiceDefinition.builder(SERVICE)
                      .addMethod(
                          METHOD,
                          ServerCalls.asyncUnaryCall(
                              (frame, answers) -> {
                                answers.onNext(frame);
                                answers.onCompleted();
                              }))
                      .build())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
