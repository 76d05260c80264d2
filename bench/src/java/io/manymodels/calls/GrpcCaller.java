package io.manymodels.calls;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** Calls {@link GrpcEcho} over one channel, whose event loop runs what is done with the answer. */
final class GrpcCaller implements Caller {
  private final ManagedChannel channel;

  GrpcCaller(int port) {
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
  }

  @Override
  public void call(byte[] frame, Consumer<byte[]> done) {
    ClientCalls.asyncUnaryCall(
        channel.newCall(GrpcEcho.METHOD, CallOptions.DEFAULT),
        frame,
        new StreamObserver<byte[]>() {
          private byte[] answer;

          @Override
          public void onNext(byte[] value) {
            answer = value;
          }

          @Override
          public void onError(Throwable cause) {
            done.accept(null);
          }

          @Override
          public void onCompleted() {
            done.accept(answer);
          }
        });
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
