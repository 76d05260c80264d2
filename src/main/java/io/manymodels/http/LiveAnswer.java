package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.http.moves.MoveQueue;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An event stream on its way to a client: one piece at a time, the next one when the connection has
 * taken the last. A client that takes nothing costs one piece and its queue, and whoever looks at
 * untaken answers closes its connection. On the connection's event loop only.
 */
// What cannot be written ends the connection, which stops this.
@SuppressWarnings("FutureReturnValueIgnored")
final class LiveAnswer {
  /** Under every proxy's limit of silence, such as HAProxy's 35 s (deploy/environment.env). */
  private static final long BEAT_SECONDS = 10;

  private static final byte[] BEAT = ": alive\n\n".getBytes(UTF_8);

  private final EventExecutor loop;
  private final LiveStream stream;
  private final MoveQueue queue;
  private final Function<byte[], ChannelFuture> write;
  private final Runnable end;
  private final ScheduledFuture<?> beats;
  private boolean writing;
  private boolean over;

  /**
   * Begins.
   *
   * @param write sends a piece; its future completes when there is room for the next
   * @param end sends the end of the stream
   */
  LiveAnswer(
      EventExecutor loop, LiveStream stream, Function<byte[], ChannelFuture> write, Runnable end) {
    this.loop = loop;
    this.stream = stream;
    this.write = write;
    this.end = end;
    this.queue = stream.open();
    this.beats =
        loop.scheduleWithFixedDelay(this::beat, BEAT_SECONDS, BEAT_SECONDS, TimeUnit.SECONDS);
    queue.onNews(this::wake);
  }

  /**
   * Begins on a connection by HTTP/1.1; ends with it.
   *
   * @param ended what to do after the last write
   */
  static LiveAnswer begin(
      ChannelHandlerContext context,
      HttpMessage head,
      LiveStream stream,
      Consumer<ChannelFuture> ended) {
    context.write(head);
    LiveAnswer answer =
        new LiveAnswer(
            context.executor(),
            stream,
            piece -> context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(piece))),
            () -> ended.accept(context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)));
    context.channel().closeFuture().addListener(closed -> answer.stop());
    return answer;
  }

  private void wake() {
    try {
      loop.execute(this::goOn);
    } catch (RejectedExecutionException e) {
      // The event loops have ended, and the connection with them.
    }
  }

  private void goOn() {
    if (writing || over) {
      return;
    }
    queue
        .take()
        .ifPresentOrElse(
            this::send,
            () -> {
              if (queue.isOver()) {
                end();
              }
            });
  }

  /** Ends the stream, unless it has ended. */
  void end() {
    if (!over) {
      stop();
      end.run();
    }
  }

  private void beat() {
    if (!writing && !over) {
      send(BEAT);
    }
  }

  private void send(byte[] piece) {
    writing = true;
    write
        .apply(piece)
        .addListener(
            written -> {
              writing = false;
              if (written.isSuccess()) {
                // Not out of the middle of a write.
                wake();
              }
            });
  }

  /** The connection has ended, or the client wants no more. */
  void stop() {
    if (!over) {
      over = true;
      beats.cancel(false);
      stream.leave(queue);
    }
  }
}
