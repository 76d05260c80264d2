package io.manymodels.http;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The answers that a client has not taken yet, looked at from time to time. Thread-confined. */
final class UntakenAnswers {
  /** Their progress since the last look. */
  enum Progress {
    /** All are taken. */
    NONE_LEFT,
    /** Some are left, and not all time to take them has passed. */
    UNDER_WAY,
    /** Nothing was taken for too long. */
    STALLED
  }

  /** How long a client may take nothing. */
  static final Duration MAX_STALL = Duration.ofSeconds(30);

  private static final long LOOK_SECONDS = 5;

  private long lastBytes;
  private Deadline stalled = Deadline.after(MAX_STALL, Ticker.SYSTEM);

  /** Has this run every few seconds, on the event loop of the connection. */
  static ScheduledFuture<?> watch(ChannelHandlerContext context, Runnable look) {
    return context
        .executor()
        .scheduleWithFixedDelay(look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  Progress look(Channel channel) {
    @Nullable ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long bytes = buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
    if (bytes != lastBytes) {
      lastBytes = bytes;
      stalled = Deadline.after(MAX_STALL, Ticker.SYSTEM);
    }
    if (bytes == 0) {
      return Progress.NONE_LEFT;
    }
    return stalled.passed() ? Progress.STALLED : Progress.UNDER_WAY;
  }
}
