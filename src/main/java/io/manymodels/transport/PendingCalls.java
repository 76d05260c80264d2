package io.manymodels.transport;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.time.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The calls of a connection that wait for their answers. On its event loop only. */
final class PendingCalls {
  /** Reads the answer to a call; what it throws, the call fails with. */
  interface Reading<T> {
    T read(byte kind, ByteBuf content);
  }

  /** A call, and what becomes of it. */
  record Call<T>(CompletableFuture<T> answer, Deadline deadline, Reading<T> reading) {
    private void complete(byte kind, ByteBuf content) {
      T value;
      try {
        value = reading.read(kind, content);
      } catch (ServingException e) {
        answer.completeExceptionally(e);
        return;
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "an answer that cannot be read", e);
        answer.completeExceptionally(
            new ServingException(ErrorCode.INTERNAL, "a replica failed", e));
        return;
      }
      answer.complete(value);
    }
  }

  private static final System.Logger LOG = System.getLogger(PendingCalls.class.getName());

  private final LongObjectMap<Call<?>> calls = new LongObjectHashMap<>();
  private long last;

  /** Takes a call, and gives it its number. */
  long add(Call<?> call) {
    calls.put(++last, call);
    return last;
  }

  /** Completes a call; one whose deadline has passed is gone. */
  void complete(long number, byte kind, ByteBuf content) {
    @Nullable Call<?> call = calls.remove(number);
    if (call != null) {
      call.complete(kind, content);
    }
  }

  /** Reads the answer to a request for a prediction. */
  static PredictReply prediction(byte kind, ByteBuf content) {
    if (kind != Frames.REPLY) {
      throw new IllegalArgumentException("a prediction answered by a frame of kind " + kind);
    }
    return PredictCodec.decodeReply(content.nioBuffer());
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  /** Ends the calls whose deadlines have passed. */
  void expire() {
    for (Iterator<LongObjectMap.PrimitiveEntry<Call<?>>> all = calls.entries().iterator();
        all.hasNext(); ) {
      Call<?> call = all.next().value();
      if (call.deadline().passed()) {
        all.remove();
        call.answer().completeExceptionally(deadlinePassed());
      }
    }
  }

  void failAll(RuntimeException why) {
    List<Call<?>> failed = new ArrayList<>(calls.values());
    calls.clear();
    failed.forEach(call -> call.answer().completeExceptionally(why));
  }

  static ServingException deadlinePassed() {
    return new ServingException(
        ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before the replica answered");
  }
}
