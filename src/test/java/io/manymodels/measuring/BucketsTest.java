package io.manymodels.measuring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static final long MICRO = 1_000;
  private static final long LONGEST = 100_000_000_000L;

  @Test
  void everyDurationIsWithinTwoPercentOfItsBucket() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      long nanos = (long) (MICRO * Math.pow((double) LONGEST / MICRO, random.nextDouble()));
      int bucket = Buckets.of(nanos);
      assertThat(Buckets.nanos(bucket) / nanos).isCloseTo(1, within(0.0201));
      assertThat((double) nanos).isLessThanOrEqualTo(Buckets.longestNanos(bucket) * (1 + 1e-12));
    }
  }

  @Test
  void theEndsTakeWhatIsBeyondThem() {
    assertThat(Buckets.of(0)).isZero();
    assertThat(Buckets.of(MICRO)).isZero();
    assertThat(Buckets.of(MICRO + 1)).isOne();
    assertThat(Buckets.of(LONGEST)).isEqualTo(Buckets.COUNT - 2);
    assertThat(Buckets.of(Long.MAX_VALUE)).isEqualTo(Buckets.COUNT - 1);
    assertThat(Buckets.longestNanos(Buckets.COUNT - 1)).isInfinite();
  }

  @Test
  void aQuantileIsTheBucketOfItsRank() {
    long[] counts = new long[Buckets.COUNT];
    assertThat(Buckets.quantile(counts, 0.5)).isEqualTo(-1);
    counts[3] = 1;
    counts[7] = 98;
    counts[9] = 1;
    assertThat(Buckets.quantile(counts, 0)).isEqualTo(3);
    assertThat(Buckets.quantile(counts, 0.01)).isEqualTo(3);
    assertThat(Buckets.quantile(counts, 0.5)).isEqualTo(7);
    assertThat(Buckets.quantile(counts, 0.99)).isEqualTo(7);
    assertThat(Buckets.quantile(counts, 1)).isEqualTo(9);
  }
}
