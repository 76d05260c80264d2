package io.manymodels.transport;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.TracedPredictor;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Collector;
import io.manymodels.testing.Eventually;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.NamedSpan;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import io.manymodels.tracing.Tracing;
import io.manymodels.tracing.Tracings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Spans are named to replicas that take them, and to those of a build before are not. */
class SpanFramesTest {
  private static final ReplicaId REPLICA = new ReplicaId("Deploymentx", "x#1");
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Span SPAN =
      new NamedSpan(
          "id-1",
          new TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1, "a=b"));
  private static final PredictRequest PLAIN =
      new PredictRequest(tenant(1), Rows.matrix(1, 1, new double[1]), 1);

  private final EventLoops loops = EventLoops.start("test-spans");
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private static final class OnlyOne implements ReplicaDirectory {
    @Override
    public List<ReplicaId> replicas(String deployment) {
      return List.of(REPLICA);
    }

    @Override
    public void reportLost(ReplicaId replica) {}

    @Override
    public void onChange(Runnable listener) {}
  }

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
    loops.close();
  }

  private PredictReply ask(Endpoint endpoint) {
    PredictClient otherwise =
        (replica, call, deadline) ->
            CompletableFuture.failedFuture(new AssertionError("not over its port"));
    ReplicaLinks links =
        new ReplicaLinks(
            new OnlyOne(),
            List.of(REPLICA.deployment()),
            otherwise,
            loops,
            (replica, deadline) -> endpoint,
            Optional.empty(),
            Ticker.SYSTEM);
    opened.push(links);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    PredictCall call = new PredictCall(tenant(1), PLAIN.rows(), Optional.empty(), SPAN);
    return links.predict(REPLICA, call, Deadline.after(SOON, Ticker.SYSTEM)).join();
  }

  @Test
  void aReplicaIsToldTheSpan() throws InterruptedException {
    BlockingQueue<PredictRequest> asked = new LinkedBlockingQueue<>();
    PredictServer server =
        PredictServer.start(
            "127.0.0.1",
            loops,
            (request, answer) -> {
              asked.add(request);
              answer.accept(new NotHere());
            },
            ControlMethods.NONE,
            Optional.empty());
    opened.push(server);
    assertThat(ask(server.endpoint())).isEqualTo(new NotHere());
    assertThat(asked.take().span()).isEqualTo(SPAN);
  }

  @Test
  void aReplicaGoesOnWithTheTrace() {
    try (Collector collector = Collector.start();
        Tracing tracing =
            Tracings.from(
                Environment.empty().with(Setting.OTEL_EXPORTER_OTLP_ENDPOINT, collector.endpoint()),
                "x#1")) {
      PredictServer server =
          PredictServer.start(
              "127.0.0.1",
              loops,
              new TracedPredictor(
                  (request, answer) -> {
                    request.span().child("predict").end();
                    answer.accept(new NotHere());
                  },
                  tracing,
                  REPLICA),
              ControlMethods.NONE,
              Optional.empty());
      opened.push(server);
      assertThat(ask(server.endpoint())).isEqualTo(new NotHere());
      TraceContext caller = SPAN.context();
      var replica = collector.span("replica", caller.traceId());
      assertThat(Collector.parent(replica)).isEqualTo(caller.spanId());
      assertThat(Collector.attributes(replica))
          .containsEntry("mms.replica", "x#1")
          .containsEntry("mms.not_here", "1");
      assertThat(Collector.parent(collector.span("predict", caller.traceId())))
          .isEqualTo(Collector.id(replica));
    }
  }

  @Test
  void aReplicaOfTheBuildBeforeGetsTheFrameThatItKnows() throws Exception {
    BlockingQueue<Integer> sizes = new LinkedBlockingQueue<>();
    Channel old =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.serverChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(Frames.decoder(Frames.MAX_BYTES))
                        .addLast(new BuildBefore(sizes));
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    opened.push(() -> old.close().syncUninterruptibly());
    int port = ((InetSocketAddress) old.localAddress()).getPort();
    assertThat(ask(new Endpoint("127.0.0.1", port, "token", false, ""))).isEqualTo(new NotHere());
    assertThat(sizes.take()).isEqualTo(PredictCodec.size(PLAIN));
  }

  /** Takes control calls, but no spans. */
  private static final class BuildBefore extends SimpleChannelInboundHandler<ByteBuf> {
    private final BlockingQueue<Integer> sizes;

    private BuildBefore(BlockingQueue<Integer> sizes) {
      this.sizes = sizes;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      byte kind = frame.readByte();
      long call = frame.readLong();
      if (kind == Frames.HELLO) {
        var unused =
            context.writeAndFlush(
                Frames.empty(context.alloc(), Frames.WELCOME, Frames.TAKES_CONTROL));
      } else if (kind == Frames.PREDICT) {
        sizes.add(frame.readableBytes());
        byte[] answer = PredictCodec.encode(new NotHere());
        var unused =
            context.writeAndFlush(
                Frames.start(context.alloc(), Frames.REPLY, call, answer.length)
                    .writeBytes(answer));
      }
    }
  }
}
