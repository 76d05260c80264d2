package io.manymodels.transport;

import io.manymodels.time.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * Whether the other side of a connection lives: its process, which a {@link Heartbeat} answers for
 * at any time, and its event loop, which may be busy with predictions. While a heartbeat says that
 * predictions are begun, the event loop is busy and not silent. Without a heartbeat, only the event
 * loop is asked. On the connection's event loop only.
 */
final class SignsOfLife {
  private final Silence ofProcess;
  private final Silence ofLoop;
  private final Runnable askLoop;
  private final Runnable speaks;
  private final Runnable silent;
  private final Runnable giveUp;
  private @Nullable Heartbeat heartbeat;
  private long begun;
  private boolean ended;

  /**
   * @param askLoop asks over the connection for calls
   * @param speaks run when the other side may have been silent and is not
   * @param silent run when it falls silent
   * @param giveUp run when it has been silent for long
   * @param process the limits of the process
   */
  SignsOfLife(
      Runnable askLoop,
      Runnable speaks,
      Runnable silent,
      Runnable giveUp,
      Silence.Limits process,
      Ticker ticker) {
    this.ofProcess = new Silence(process, ticker);
    this.ofLoop = new Silence(Silence.Limits.EVENT_LOOP, ticker);
    this.askLoop = askLoop;
    this.speaks = speaks;
    this.silent = silent;
    this.giveUp = giveUp;
  }

  /** Something has come over the connection for calls. */
  void heard() {
    ofLoop.heard();
    ofProcess.heard();
    speaks.run();
  }

  /**
   * Something has come over the one for heartbeats.
   *
   * @param begunThere predictions so far
   */
  void beats(long begunThere) {
    ofProcess.heard();
    if (begunThere != begun) {
      begun = begunThere;
      ofLoop.heard();
    }
    if (!ofLoop.silent()) {
      speaks.run();
    }
  }

  /** Heartbeats can be asked for. */
  void begin(Heartbeat opened) {
    if (ended) {
      opened.close();
    } else {
      heartbeat = opened;
      ofProcess.heard();
    }
  }

  /** Heartbeats cannot be asked for any more; the event loop's own limits hold. */
  void end(Heartbeat gone) {
    if (heartbeat == gone) {
      heartbeat = null;
      ofProcess.heard();
    }
  }

  /** The connection for calls has ended. */
  void end() {
    ended = true;
    if (heartbeat != null) {
      heartbeat.close();
    }
  }

  /** Whether a sign of life is awaited. */
  boolean asked() {
    return ofProcess.asked() || ofLoop.asked();
  }

  /**
   * To be called as {@link Silence#check} is.
   *
   * @param waiting whether calls wait for their answers
   */
  void check(boolean waiting) {
    @Nullable Heartbeat beside = heartbeat;
    if (beside != null) {
      follow(ofProcess.check(waiting), beside::ask);
    }
    // While nothing waits for the event loop, the heartbeat says enough.
    if (!ended && (beside == null || waiting || ofLoop.asked())) {
      follow(ofLoop.check(waiting), askLoop);
    }
  }

  private void follow(Silence.Step step, Runnable ask) {
    switch (step) {
      case ASK -> ask.run();
      case SILENT -> silent.run();
      case GIVE_UP -> giveUp.run();
      case NOTHING -> {}
    }
  }
}
