package io.manymodels.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that the messages of all calls under way may take together: a call that exceeds them is
 * ended with {@code UNAVAILABLE}. They are counted as they come, so that many who send long
 * messages slowly cannot fill the heap. Thread-safe.
 */
final class MessageBudget extends ServerStreamTracer.Factory {
  private static final Context.Key<Share> HERE = Context.key("message-budget");

  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();

  /** Of so many bytes. */
  MessageBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** What is counted now. */
  long bytes() {
    return bytes.get();
  }

  /** The share of the call in whose context this runs. */
  Share ofThisCall() {
    return HERE.get();
  }

  /** Tells each share of which call it is. */
  ServerInterceptor interceptor() {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        ofThisCall().call = call;
        return next.startCall(call, headers);
      }
    };
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Share();
  }

  /** What one call takes of it; until it ends, or gives it back. Its methods run on its thread. */
  final class Share extends ServerStreamTracer {
    private @Nullable ServerCall<?, ?> call;
    private long packed;
    private long unpacked;
    private long counted;
    private boolean over;

    private Share() {}

    @Override
    public Context filterContext(Context context) {
      return context.withValue(HERE, this);
    }

    @Override
    public void inboundWireSize(long more) {
      packed += more;
      count();
    }

    @Override
    public void inboundUncompressedSize(long more) {
      unpacked += more;
      count();
    }

    private void count() {
      long needed = Math.max(packed, unpacked);
      if (over || needed <= counted) {
        return;
      }
      long more = needed - counted;
      counted = needed;
      if (bytes.addAndGet(more) > maxBytes && call != null) {
        over = true;
        release();
        ServingException why =
            new ServingException(ErrorCode.OVERLOADED, "too many messages are under way");
        call.close(GrpcFaults.status(why, ""), new Metadata());
      }
    }

    /** Gives back what has been counted: its messages have been answered. */
    void release() {
      bytes.addAndGet(-counted);
      packed = 0;
      unpacked = 0;
      counted = 0;
    }

    /** May run on another thread, but after everything else. */
    @Override
    public void streamClosed(Status status) {
      release();
      over = true;
    }
  }
}
