package io.manymodels.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that the messages of all calls under way may take together: a call that exceeds them is
 * ended with {@code UNAVAILABLE}. They are counted as they come, so that many who send long
 * messages slowly cannot fill the heap. Thread-safe.
 */
final class MessageBudget extends ServerStreamTracer.Factory {
  private static final Context.Key<Share> HERE = Context.key("message-budget");

  /** A text of a few letters, or an input without anything, as an object. */
  private static final int BYTES_OF_A_PART = 64;

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
        ServerCall<Q, A> once = new ClosedOnce<>(call);
        ofThisCall().call = once;
        return next.startCall(once, headers);
      }
    };
  }

  private static ServingException overloaded() {
    return new ServingException(ErrorCode.OVERLOADED, "too many messages are under way");
  }

  /** A call of which nothing more is heard after its end, whoever ended it. */
  private static final class ClosedOnce<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final AtomicBoolean closed = new AtomicBoolean();

    private ClosedOnce(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      if (!closed.get()) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public void sendMessage(A message) {
      if (!closed.get()) {
        super.sendMessage(message);
      }
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (closed.compareAndSet(false, true)) {
        super.close(status, trailers);
      }
    }
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Share();
  }

  /** What one call takes of it, until it ends or gives it back. Its methods run on its thread. */
  final class Share extends ServerStreamTracer {
    private @Nullable ServerCall<?, ?> call;

    /** Of the message that is coming. */
    private long coming;

    /** Of the messages that have come. */
    private long whole;

    private long lastPacked;
    private long lastUnpacked;
    private boolean over;

    private Share() {}

    @Override
    public Context filterContext(Context context) {
      return context.withValue(HERE, this);
    }

    @Override
    public void inboundWireSize(long more) {
      coming += more;
      add(more);
    }

    @Override
    public void inboundMessageRead(int number, long packedBytes, long unpackedBytes) {
      whole += coming;
      lastPacked = coming;
      lastUnpacked = 0;
      coming = 0;
    }

    /** Comes after {@link #inboundMessageRead} of the same message, as it is unpacked. */
    @Override
    public void inboundUncompressedSize(long more) {
      long before = Math.max(lastPacked, lastUnpacked);
      lastUnpacked += more;
      long grown = Math.max(lastPacked, lastUnpacked) - before;
      whole += grown;
      add(grown);
    }

    /**
     * Counts what a message becomes when it is read.
     *
     * @throws ServingException {@code OVERLOADED} when there is no room for it
     */
    void takeParts(int parts) {
      long more = (long) parts * BYTES_OF_A_PART;
      whole += more;
      add(more);
      if (over) {
        throw overloaded();
      }
    }

    private void add(long more) {
      if (bytes.addAndGet(more) > maxBytes && !over && call != null) {
        over = true;
        call.close(GrpcFaults.status(overloaded(), ""), new Metadata());
      }
    }

    /** Gives back what the messages took that have come: they are answered. */
    void release() {
      bytes.addAndGet(-whole);
      whole = 0;
    }

    @Override
    public void streamClosed(Status status) {
      release();
      bytes.addAndGet(-coming);
      coming = 0;
    }
  }
}
