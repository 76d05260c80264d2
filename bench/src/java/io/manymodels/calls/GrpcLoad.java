package io.manymodels.calls;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.manymodels.bench.Histogram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Calls a unary method of gRPC as several callers, each one call at a time, and checks every
 * answer. Up to six callers share a connection, as in Triton's perf_analyzer (client,
 * src/c++/library/grpc_client.cc: TRITON_CLIENT_GRPC_CHANNEL_MAX_SHARE_COUNT). Reads commands from
 * standard input, one a line, fields separated by tabs, and prints one line of JSON for each:
 *
 * <pre>port callers seconds method request</pre>
 *
 * The request is a message in Base64; all answers must be as the first one. Ends with its input.
 */
public final class GrpcLoad {
  private static final long END_SECONDS = 30;

  static {
    // Else Netty finds Log4j in Ray's jar, whose start is told on the console.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private static final int CALLERS_OF_A_CONNECTION = 6;
  private static final EventLoopGroup LOOP = new NioEventLoopGroup(1);

  private final MethodDescriptor<byte[], byte[]> method;
  private final byte[] request;
  // All of it on the one thread of the loop, until the last call has ended.
  private final Histogram latencies = new Histogram();
  private byte[] answer = {};
  private long errors;
  private String firstError = "";

  private GrpcLoad(String method, byte[] request) {
    this.method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .setRequestMarshaller(new PlainBytes())
            .setResponseMarshaller(new PlainBytes())
            .build();
    this.request = request;
  }

  /** Runs commands until the input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] fields = line.split("\t", -1);
      GrpcLoad load = new GrpcLoad(fields[3], Base64.getDecoder().decode(fields[4]));
      System.out.println(
          load.run(
              Integer.parseInt(fields[0]),
              Integer.parseInt(fields[1]),
              Double.parseDouble(fields[2])));
      System.out.flush();
    }
  }

  private String run(int port, int callers, double seconds) throws InterruptedException {
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    CountDownLatch ended = new CountDownLatch(callers);
    List<ManagedChannel> channels = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      if (i % CALLERS_OF_A_CONNECTION == 0) {
        channels.add(connection(port));
      }
      call(channels.get(channels.size() - 1), end, ended);
    }
    boolean all = ended.await((long) seconds + END_SECONDS, TimeUnit.SECONDS);
    channels.forEach(ManagedChannel::shutdownNow);
    if (!all) {
      throw new IllegalStateException("calls do not end");
    }
    double took = (System.nanoTime() - start) / 1e9;
    return String.format(
        Locale.ROOT,
        "{\"seconds\":%.3f,\"requests\":%d,\"errors\":%d,\"rate\":%.1f,\"p50_us\":%.1f,"
            + "\"p90_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"first_error\":\"%s\"}",
        took,
        latencies.count(),
        errors,
        latencies.count() / took,
        latencies.quantile(0.5) / 1e3,
        latencies.quantile(0.9) / 1e3,
        latencies.quantile(0.99) / 1e3,
        latencies.max() / 1e3,
        firstError.replaceAll("[^ -~]|[\"\\\\]", "."));
  }

  /** All have one thread, as in the load generator for HTTP. */
  private static ManagedChannel connection(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .directExecutor()
        .eventLoopGroup(LOOP)
        .channelType(NioSocketChannel.class)
        .build();
  }

  private void call(ManagedChannel channel, long end, CountDownLatch ended) {
    long sent = System.nanoTime();
    ClientCalls.asyncUnaryCall(
        channel.newCall(method, CallOptions.DEFAULT),
        request,
        new StreamObserver<byte[]>() {
          @Override
          public void onNext(byte[] got) {
            if (answer.length == 0) {
              answer = got;
            } else if (!Arrays.equals(got, answer)) {
              failed("another answer: " + Base64.getEncoder().encodeToString(got));
            }
          }

          @Override
          public void onError(Throwable cause) {
            failed(cause.toString());
            ended.countDown();
          }

          @Override
          public void onCompleted() {
            long now = System.nanoTime();
            latencies.record(now - sent);
            if (now < end && errors == 0) {
              call(channel, end, ended);
            } else {
              ended.countDown();
            }
          }
        });
  }

  private void failed(String why) {
    errors++;
    firstError = firstError.isEmpty() ? why : firstError;
  }
}
