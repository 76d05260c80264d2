package io.manymodels.http;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request in a stream of HTTP/2, and how far it is. Thread-confined. */
final class StreamedRequest {
  /** The progress of the request. */
  enum State {
    /** Its head has come, its body not yet. */
    RECEIVING,
    /** It has come, and other answers are to be taken first. */
    WAITING,
    /** It is being answered. */
    ANSWERING,
    /** The answer is on its way; what still comes is dropped. */
    ANSWERED
  }

  private final int stream;
  private final Exchange exchange;
  private State state = State.RECEIVING;
  private Deadline due;
  private int untakenBytes;
  private boolean released;
  private @Nullable LiveAnswer live;

  /**
   * @param receipt by when it must have come
   */
  StreamedRequest(int stream, Exchange exchange, Duration receipt) {
    this.stream = stream;
    this.exchange = exchange;
    this.due = Deadline.after(receipt, Ticker.SYSTEM);
  }

  /** The number of the stream. */
  int stream() {
    return stream;
  }

  Exchange exchange() {
    return exchange;
  }

  boolean is(State state) {
    return this.state == state;
  }

  void become(State next) {
    state = next;
  }

  /** The answer has so many bytes, none of which the client has taken. */
  void answeredWith(int bytes) {
    state = State.ANSWERED;
    untakenBytes = bytes;
    due = Deadline.after(UntakenAnswers.MAX_STALL, Ticker.SYSTEM);
  }

  /** The answer goes on until {@link #stop}. */
  void goesOnAs(LiveAnswer answer) {
    live = answer;
    state = State.ANSWERED;
  }

  /** The stream has ended. */
  void stop() {
    if (live != null) {
      live.stop();
    }
  }

  /** The client has taken some of the answer. */
  void taken(int bytes) {
    untakenBytes -= bytes;
    due = Deadline.after(UntakenAnswers.MAX_STALL, Ticker.SYSTEM);
  }

  /** Whether the body has not come in time. */
  boolean isLate() {
    return state == State.RECEIVING && due.passed();
  }

  /** Whether the client has taken nothing of its answer for too long. */
  boolean isStalled() {
    return state == State.ANSWERED && untakenBytes > 0 && due.passed();
  }

  /** Gives the bytes of the body back, once. */
  void release(DirectIngress ingress) {
    if (!released) {
      released = true;
      ingress.release(exchange.receivedBytes());
    }
  }
}
