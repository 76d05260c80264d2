package io.manymodels.transport;

import io.manymodels.time.Ticker;
import java.time.Duration;

/**
 * Tells when the other side has gone silent. It is asked for a sign of life when nothing has been
 * heard of it for a while, and is silent when that does not come either.
 *
 * <p>Between two checks at most {@link #MAX_STEP} counts: while this process stalls, time stands
 * still. And patience doubles, for a minute, when one that was found silent speaks soon after: it
 * was only slow (Chandra and Toueg, Unreliable Failure Detectors for Reliable Distributed Systems,
 * 1996). Not thread-safe.
 */
final class Silence {
  /** What is to be done after a check. */
  enum Step {
    NOTHING,
    /** Ask for a sign of life. */
    ASK,
    /** It has just become silent. */
    SILENT,
    /** It has been silent for long. */
    GIVE_UP
  }

  /**
   * When what is done.
   *
   * @param ask after the last word, while an answer is awaited
   * @param askIdle after the last word, while none is
   * @param silent after it was asked, to begin with
   */
  record Limits(Duration ask, Duration askIdle, Duration silent) {
    /** Of a process, which a thread answers for that does nothing else: silent after 270 ms. */
    static final Limits PROCESS =
        new Limits(Duration.ofMillis(80), Duration.ofMillis(900), Duration.ofMillis(150));

    /**
     * Of a process that loads models when it is asked for them. One whose memory is filled by a
     * model stands still in collections and then dies of it; asking another one for the same model
     * at once would have both stand still together. Silent after 0.9 s.
     */
    static final Limits LOADING_PROCESS =
        new Limits(Duration.ofMillis(80), Duration.ofMillis(900), Duration.ofMillis(800));

    /** Of an event loop, which has other things to do, too: silent after a second. */
    static final Limits EVENT_LOOP =
        new Limits(Duration.ofMillis(200), Duration.ofMillis(900), Duration.ofMillis(800));
  }

  /** Of the time between two checks, this much counts: twice what is usual while one waits. */
  static final Duration MAX_STEP = Duration.ofMillis(40);

  private static final long MAX_SILENT_NANOS = Duration.ofMillis(800).toNanos();
  private static final long ONLY_SLOW_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long PATIENT_NANOS = Duration.ofMinutes(1).toNanos();
  private static final long GIVE_UP_NANOS = Duration.ofSeconds(10).toNanos();

  private final Limits limits;
  private final Ticker ticker;
  private long heardAt;
  private long checkedAt;
  private long unansweredNanos;
  private boolean asked;
  private boolean silent;
  private long silentAfterNanos;
  private long lastMistakeAt;

  Silence(Limits limits, Ticker ticker) {
    this.limits = limits;
    this.ticker = ticker;
    this.heardAt = ticker.nanos();
    this.checkedAt = heardAt;
    this.silentAfterNanos = limits.silent().toNanos();
  }

  /** The other side has said something. */
  void heard() {
    long now = ticker.nanos();
    if (silent && unansweredNanos < ONLY_SLOW_NANOS) {
      silentAfterNanos =
          Math.max(silentAfterNanos, Math.min(MAX_SILENT_NANOS, silentAfterNanos * 2));
      lastMistakeAt = now;
    }
    heardAt = now;
    asked = false;
    silent = false;
  }

  /** Whether it was asked for a sign of life that has not come. */
  boolean asked() {
    return asked;
  }

  boolean silent() {
    return silent;
  }

  /**
   * To be called every 20 ms or so while an answer is awaited or it was {@link #asked}.
   *
   * @param waiting whether an answer is awaited
   */
  Step check(boolean waiting) {
    long now = ticker.nanos();
    long step = Math.min(now - checkedAt, MAX_STEP.toNanos());
    checkedAt = now;
    if (!asked) {
      if (now - heardAt <= (waiting ? limits.ask() : limits.askIdle()).toNanos()) {
        return Step.NOTHING;
      }
      forgetMistakes(now);
      asked = true;
      unansweredNanos = 0;
      return Step.ASK;
    }
    unansweredNanos += step;
    if (unansweredNanos > GIVE_UP_NANOS) {
      return Step.GIVE_UP;
    }
    if (!silent && unansweredNanos > silentAfterNanos) {
      silent = true;
      return Step.SILENT;
    }
    return Step.NOTHING;
  }

  private void forgetMistakes(long now) {
    if (now - lastMistakeAt > PATIENT_NANOS) {
      silentAfterNanos = limits.silent().toNanos();
    }
  }
}
