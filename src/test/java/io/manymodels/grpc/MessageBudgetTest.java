package io.manymodels.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.manymodels.grpc.MessageBudget.Share;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageBudgetTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final FakeTicker ticker = new FakeTicker();
  private final MessageBudget budget = new MessageBudget(1_000, ticker);

  /** A call that notes how it was closed. */
  private static final class NotedCall extends ServerCall<Empty, Empty> {
    private final List<Status.Code> ends = new ArrayList<>();

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Empty message) {}

    @Override
    public void close(Status status, Metadata trailers) {
      ends.add(status.getCode());
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Empty, Empty> getMethodDescriptor() {
      return MethodDescriptor.<Empty, Empty>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName("a/b")
          .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .build();
    }
  }

  /** The share of a call, which begins as gRPC begins it, and closes itself twice. */
  private Share share(NotedCall call) throws Exception {
    Share share = (Share) budget.newServerStreamTracer("a/b", new Metadata());
    Context context = share.filterContext(Context.ROOT);
    var unused =
        context.call(
            () ->
                budget
                    .interceptor()
                    .interceptCall(
                        call,
                        new Metadata(),
                        (started, headers) -> new ServerCall.Listener<Empty>() {}));
    return share;
  }

  private static void message(Share share, int packed, int unpacked) {
    share.inboundWireSize(packed);
    share.inboundMessageRead(0, packed, -1);
    share.inboundUncompressedSize(unpacked);
  }

  @Test
  void whatComesIsCountedUntilTheCallEnds() throws Exception {
    NotedCall call = new NotedCall();
    Share share = share(call);
    share.inboundWireSize(300);
    share.inboundWireSize(300);
    assertThat(budget.bytes()).isEqualTo(600);
    share.inboundMessageRead(0, 600, 600);
    share.inboundUncompressedSize(600);
    assertThat(budget.bytes()).isEqualTo(600);
    share.streamClosed(Status.OK);
    assertThat(budget.bytes()).isZero();
    assertThat(call.ends).isEmpty();
  }

  @Test
  void aMessageThatGrowsWhenUnpackedCountsAsItIsThen() throws Exception {
    Share share = share(new NotedCall());
    message(share, 10, 700);
    assertThat(budget.bytes()).isEqualTo(700);
    share.streamClosed(Status.OK);
    assertThat(budget.bytes()).isZero();
  }

  @Test
  void whatIsAnsweredIsGivenBackAndWhatIsComingIsNot() throws Exception {
    Share share = share(new NotedCall());
    message(share, 100, 100);
    share.inboundWireSize(50);
    share.release();
    assertThat(budget.bytes()).isEqualTo(50);
    share.streamClosed(Status.CANCELLED);
    assertThat(budget.bytes()).isZero();
  }

  @Test
  void theCallThatExceedsItEndsAndTheOthersGoOn() throws Exception {
    NotedCall first = new NotedCall();
    NotedCall second = new NotedCall();
    Share large = share(first);
    Share small = share(second);
    large.inboundWireSize(999);
    small.inboundWireSize(2);
    small.inboundWireSize(2);
    assertThat(first.ends).isEmpty();
    assertThat(second.ends).containsExactly(Status.Code.UNAVAILABLE);
    small.streamClosed(Status.UNAVAILABLE);
    assertThat(budget.bytes()).isEqualTo(999);
  }

  @Test
  void whoeverSendsNothingMoreOfAMessageIsCutOff() {
    Share share = (Share) budget.newServerStreamTracer("a/b", new Metadata());
    Context context = share.filterContext(Context.ROOT);
    share.inboundWireSize(100);
    share.inboundMessageRead(0, 100, -1);
    ticker.advance(PATIENCE.multipliedBy(2));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).as("between two messages").isFalse();
    share.inboundWireSize(100);
    ticker.advance(PATIENCE.minusSeconds(1));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).isFalse();
    ticker.advance(Duration.ofSeconds(2));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).isTrue();
  }

  @Test
  void whoeverTakesNothingOfAnAnswerIsCutOff() {
    Share share = (Share) budget.newServerStreamTracer("a/b", new Metadata());
    Context context = share.filterContext(Context.ROOT);
    share.outboundWireSize(300);
    assertThat(budget.bytes()).isEqualTo(300);
    ticker.advance(PATIENCE.minusSeconds(1));
    share.taken();
    assertThat(budget.bytes()).isZero();
    ticker.advance(PATIENCE.multipliedBy(2));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).as("it was taken").isFalse();
    share.outboundWireSize(2 << 20);
    ticker.advance(PATIENCE.plusSeconds(1));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).as("two MiB have two seconds more").isFalse();
    ticker.advance(Duration.ofSeconds(2));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).isTrue();
    share.streamClosed(Status.CANCELLED);
    share.outboundWireSize(100);
    assertThat(budget.bytes()).as("what comes too late is not counted").isZero();
  }

  @Test
  void theEndOfAStreamMustBeTakenToo() {
    Share share = (Share) budget.newServerStreamTracer("a/b", new Metadata());
    Context context = share.filterContext(Context.ROOT);
    share.outboundWireSize(10);
    share.taken();
    share.sent();
    ticker.advance(PATIENCE.plusSeconds(1));
    budget.endStalled(PATIENCE);
    assertThat(context.isCancelled()).isTrue();
  }
}
