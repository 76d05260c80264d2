package io.manymodels.quota;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.manymodels.time.Ticker;
import java.time.Duration;

/**
 * So many of something a second, and a burst after a time with less: a token bucket of Bucket4j,
 * which begins full. Thread-safe, without locks; never waits.
 */
public final class RateLimit {
  /**
   * The seconds over which the rate is rounded to whole tokens. Bucket4j counts in these only, but
   * adds them one by one.
   */
  private static final int ROUNDED_OVER_SECONDS = 1_000;

  private final Bucket bucket;
  private volatile Rate rate;

  private record Rate(double perSecond, double burst) {
    BucketConfiguration configuration() {
      return BucketConfiguration.builder()
          .addLimit(
              Bandwidth.builder()
                  .capacity(capacity())
                  .refillGreedy(
                      Math.max(1, Math.round(perSecond * ROUNDED_OVER_SECONDS)),
                      Duration.ofSeconds(ROUNDED_OVER_SECONDS))
                  .build())
          .build();
    }

    long capacity() {
      return Math.max(1, Math.round(burst));
    }
  }

  /**
   * Begins with a full bucket.
   *
   * @param perSecond 0.001 to 1000000000
   * @param burst the most that can be taken at once; less than 1 counts as 1
   */
  public RateLimit(double perSecond, double burst, Ticker ticker) {
    this.rate = new Rate(perSecond, burst);
    this.bucket =
        Bucket.builder()
            .addLimit(rate.configuration().getBandwidths()[0])
            .withCustomTimePrecision(meter(ticker))
            .build();
  }

  private static TimeMeter meter(Ticker ticker) {
    // Bucket4j compares moments instead of differences, which is wrong when nanos overflow.
    long origin = ticker.nanos();
    return new TimeMeter() {
      @Override
      public long currentTimeNanos() {
        return ticker.nanos() - origin;
      }

      @Override
      public boolean isWallClockBased() {
        return false;
      }
    };
  }

  /** Changes the rate; what is in the bucket stays, as far as it fits. */
  public void change(double perSecond, double burst) {
    Rate changed = new Rate(perSecond, burst);
    if (!changed.equals(rate)) {
      rate = changed;
      bucket.replaceConfiguration(changed.configuration(), TokensInheritanceStrategy.AS_IS);
    }
  }

  /**
   * Takes all of them or none. More than the burst are taken from a full bucket, which is in debt
   * afterwards: so the rate holds for any amount.
   *
   * @param amount 1 or more
   * @return 0 when they were taken, else the nanoseconds until they would be, if nobody else asks
   */
  public long take(long amount) {
    long atOnce = Math.min(amount, rate.capacity());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(atOnce);
    if (!probe.isConsumed()) {
      // Rounded down by Bucket4j.
      return probe.getNanosToWaitForRefill() + 1;
    }
    if (amount > atOnce) {
      var unused = bucket.consumeIgnoringRateLimits(amount - atOnce);
    }
    return 0;
  }

  /** Gives back what was taken and not used. */
  public void giveBack(long amount) {
    bucket.addTokens(amount);
  }
}
