package io.manymodels.http;

import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.stats.ModelCost;
import io.manymodels.tools.fleet.Fleet;
import io.manymodels.tools.fleet.FleetKind;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * The limit of what can be reached: HTTP, the product's JSON and its ONNX models in one process, on
 * the thread that reads the socket. No routing, no deadlines, no counting, no other process. In
 * this package because the edge's classes are not public.
 */
public final class LimitServer {
  private static final String NAME = "Limit";
  private static final int MAX_BODY_BYTES = 1 << 20;
  private static final int NO_MAP = -1;

  private LimitServer() {}

  /**
   * Prints the port that it listens on, and serves until its input ends.
   *
   * @param arguments tenants (1 to this number of the fleet {@code version}), event loops
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<TenantId, Loaded> models = load(Integer.parseInt(arguments[0]));
    int loops = Integer.parseInt(arguments[1]);
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(loops, EpollIoHandler.newFactory());
    try {
      InetSocketAddress address =
          (InetSocketAddress)
              new ServerBootstrap()
                  .group(group)
                  .channel(EpollServerSocketChannel.class)
                  .childHandler(
                      new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                          channel
                              .pipeline()
                              .addLast(new HttpServerCodec())
                              .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                              .addLast(new Scores(models));
                        }
                      })
                  .bind("127.0.0.1", 0)
                  .sync()
                  .channel()
                  .localAddress();
      System.out.println(address.getPort());
      var ignored = System.in.read();
    } finally {
      group.shutdownGracefully().sync();
    }
  }

  private static Map<TenantId, Loaded> load(int tenants) {
    OnnxModelLoader loader = new OnnxModelLoader();
    ModelVersion version = new ModelVersion(1);
    Fleet fleet = new Fleet(FleetKind.VERSION, 1, "tenant", version);
    Map<TenantId, Loaded> models = new HashMap<>();
    for (int number = 1; number <= tenants; number++) {
      ByteBuffer bytes = ByteBuffer.wrap(fleet.model(number));
      ModelRef ref = new ModelRef(fleet.tenant(number), version);
      ArtifactDescriptor artifact =
          new ArtifactDescriptor(
              ref, ArtifactDigest.of(bytes), bytes.remaining(), "onnx", Instant.EPOCH);
      models.put(ref.tenant(), new Loaded(ref, loader.load(artifact, bytes)));
    }
    return Map.copyOf(models);
  }

  private record Loaded(ModelRef ref, LoadedModel model) {}

  /** Answers on the event loop. */
  private static final class Scores extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final DeploymentMap NOBODY =
        DeploymentMap.of(PlacementTable.of(Generation.NONE, Map.of()));
    private static final ModelCost UNKNOWN = new ModelCost(0, 0);

    private final Map<TenantId, Loaded> models;

    Scores(Map<TenantId, Loaded> models) {
      this.models = models;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      byte[] bytes = ByteBufUtil.getBytes(request.content());
      ScoreBody.Parsed body =
          ScoreBody.parse(Body.of(bytes, bytes.length), DispatcherConfig.DEFAULT);
      Loaded loaded = models.get(body.tenant());
      Predicted predicted =
          new Predicted(loaded.ref, loaded.model.predict(body.rows()), false, UNKNOWN);
      ByteBuf content =
          Unpooled.wrappedBuffer(ScoreAnswer.write(new Scored(NAME, predicted), NOBODY, NO_MAP));
      FullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, content);
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
          .setInt(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
      context.writeAndFlush(response, context.voidPromise());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      System.err.println("the limit failed: " + cause);
      context.close();
    }
  }
}
