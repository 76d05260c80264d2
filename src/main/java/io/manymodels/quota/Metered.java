package io.manymodels.quota;

import io.manymodels.config.RequestQuota;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One subject's quota in this Dispatcher. Thread-safe. */
final class Metered {
  private final Subject subject;
  private final Meter requests;
  private final Meter rows;
  private volatile RequestQuota quota = RequestQuota.UNLIMITED;

  Metered(Subject subject, Ticker ticker) {
    this.subject = subject;
    this.requests = new Meter(ticker);
    this.rows = new Meter(ticker);
  }

  Subject subject() {
    return subject;
  }

  /** Puts this quota in force, unless it is. */
  void limit(RequestQuota wanted) {
    if (!wanted.equals(quota)) {
      synchronized (this) {
        quota = wanted;
        requests.limit(wanted.requestsPerSecond(), wanted.burstSeconds());
        rows.limit(wanted.rowsPerSecond(), wanted.burstSeconds());
      }
    }
  }

  /**
   * Takes a request of so many rows from the quota, or nothing of it.
   *
   * @throws ServingException {@code QUOTA_EXCEEDED} with the time to wait; {@code
   *     PAYLOAD_TOO_LARGE} when there are more rows than the quota ever has at once
   */
  void take(int rowCount) {
    RequestQuota now = quota;
    double most = Math.max(1, now.rowsPerSecond() * now.burstSeconds());
    if (rowCount > most) {
      throw new ServingException(
          ErrorCode.PAYLOAD_TOO_LARGE,
          rowCount
              + " rows are more than the quota of "
              + subject
              + " takes at once, which is "
              + (long) most);
    }
    requests.ask(1);
    rows.ask(rowCount);
    take(requests.limit(), 1, now.requestsPerSecond(), "requests");
    try {
      take(rows.limit(), rowCount, now.rowsPerSecond(), "rows");
    } catch (ServingException e) {
      giveBack(requests.limit(), 1);
      throw e;
    }
  }

  private void take(@Nullable RateLimit limit, long amount, double perSecond, String what) {
    long nanos = limit == null ? 0 : limit.take(amount);
    if (nanos > 0) {
      throw new ServingException(
          ErrorCode.QUOTA_EXCEEDED,
          subject
              + " has a quota of "
              + plain(perSecond)
              + " "
              + what
              + " a second, which is used up",
          Duration.ofNanos(nanos));
    }
  }

  /** Gives back a request that another quota refused. */
  void giveBack(int rowCount) {
    giveBack(requests.limit(), 1);
    giveBack(rows.limit(), rowCount);
  }

  private static void giveBack(@Nullable RateLimit limit, long amount) {
    if (limit != null) {
      limit.giveBack(amount);
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }

  /** See {@link Meter#endInterval}. */
  RequestRates endInterval(double seconds) {
    return new RequestRates(
        subject.toString(), requests.endInterval(seconds), rows.endInterval(seconds));
  }

  /** See {@link Meter#share}. */
  void share(RequestRates total, int dispatchers) {
    requests.share(total.requests(), dispatchers);
    rows.share(total.rows(), dispatchers);
  }
}
