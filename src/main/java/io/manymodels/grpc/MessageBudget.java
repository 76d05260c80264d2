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
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that the messages of all calls under way may take together, answers included: a call
 * whose request exceeds them is ended with {@code UNAVAILABLE}. They are counted as they come, so
 * that many who send long messages slowly cannot fill the heap, and given back in any case: whoever
 * sends nothing more of a message, or takes nothing of an answer, is cut off. Thread-safe.
 */
final class MessageBudget extends ServerStreamTracer.Factory {
  private static final Context.Key<Share> HERE = Context.key("message-budget");

  /** A text of a few letters, or an input without anything, as an object. */
  private static final int BYTES_OF_A_PART = 64;

  private static final System.Logger LOG = System.getLogger(MessageBudget.class.getName());
  private static final long NANOS_OF_A_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long maxBytes;
  private final Ticker ticker;
  private final AtomicLong bytes = new AtomicLong();

  /** Those of which a message is on its way. */
  private final Set<Share> moving = ConcurrentHashMap.newKeySet();

  /** Of so many bytes. */
  MessageBudget(long maxBytes, Ticker ticker) {
    this.maxBytes = maxBytes;
    this.ticker = ticker;
  }

  /**
   * Cuts off clients that have sent half a message, or have not taken an answer, for this long and
   * one more second for each MiB. To be called again and again.
   */
  void endStalled(Duration patience) {
    long now = ticker.nanos();
    moving.forEach(share -> share.endIfStalled(now, patience.toNanos()));
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

  /** What one call takes of it, until it ends or gives it back. */
  final class Share extends ServerStreamTracer {
    private @Nullable ServerCall<?, ?> call;
    private Context.@Nullable CancellableContext cancellable;

    /** Of the message that is coming. */
    private final AtomicLong coming = new AtomicLong();

    private volatile long comingSince;

    /** Of the messages that have come. */
    private long whole;

    private long lastPacked;
    private long lastUnpacked;
    private boolean over;

    /** Of the answers that were sent and may not have been taken. */
    private final AtomicLong leaving = new AtomicLong();

    private volatile long leavingSince;
    private volatile boolean allIsSent;
    private volatile boolean ended;

    private Share() {}

    @Override
    public Context filterContext(Context context) {
      Context.CancellableContext own = context.withCancellation();
      cancellable = own;
      return own.withValue(HERE, this);
    }

    @Override
    public void inboundWireSize(long more) {
      if (coming.get() == 0) {
        comingSince = ticker.nanos();
        moving.add(this);
      }
      coming.addAndGet(more);
      add(more);
    }

    @Override
    public void inboundMessageRead(int number, long packedBytes, long unpackedBytes) {
      lastPacked = coming.getAndSet(0);
      lastUnpacked = 0;
      whole += lastPacked;
      forgetIfStill();
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

    /** May run on another thread than what comes. */
    @Override
    public void outboundWireSize(long more) {
      if (leaving.get() == 0) {
        leavingSince = ticker.nanos();
        moving.add(this);
      }
      leaving.addAndGet(more);
      bytes.addAndGet(more);
      if (ended) {
        taken();
      }
    }

    /** The client has taken what was sent so far, or nearly all of it. */
    void taken() {
      bytes.addAndGet(-leaving.getAndSet(0));
      forgetIfStill();
    }

    /** Nothing more will be sent: the call ends when its client has taken the rest. */
    void sent() {
      leavingSince = ticker.nanos();
      allIsSent = true;
      moving.add(this);
      forgetIfStill();
    }

    private void forgetIfStill() {
      if (ended || (coming.get() == 0 && leaving.get() == 0 && !allIsSent)) {
        moving.remove(this);
      }
    }

    private void endIfStalled(long now, long patience) {
      boolean sends = coming.get() == 0 || now - comingSince < allowed(coming, patience);
      boolean takes =
          (leaving.get() == 0 && !allIsSent) || now - leavingSince < allowed(leaving, patience);
      if (cancellable != null && (!sends || !takes)) {
        LOG.log(
            System.Logger.Level.INFO,
            sends
                ? "a client did not take its answer and is cut off"
                : "a client did not send the rest of its message and is cut off");
        cancellable.cancel(new TimeoutException("the client neither sends nor takes anything"));
      }
    }

    private static long allowed(AtomicLong bytes, long patience) {
      return patience + (bytes.get() >> 20) * NANOS_OF_A_SECOND;
    }

    @Override
    public void streamClosed(Status status) {
      ended = true;
      taken();
      release();
      bytes.addAndGet(-coming.getAndSet(0));
    }
  }
}
