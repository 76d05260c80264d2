package io.manymodels.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScoreAddressesTest {
  private static final InetSocketAddress ONE = InetSocketAddress.createUnresolved("one", 1);
  private static final InetSocketAddress TWO = InetSocketAddress.createUnresolved("two", 2);
  private static final long REQUESTS = 10_000;

  private static long toTheFirst(ScoreAddresses endpoints) {
    return LongStream.range(0, REQUESTS).filter(number -> endpoints.of(number) == 0).count();
  }

  @Test
  void theFirstGetsItsShareAndTheOthersTheRest() {
    assertThat(toTheFirst(new ScoreAddresses(List.of(ONE, TWO), 5))).isBetween(400L, 600L);
    assertThat(toTheFirst(new ScoreAddresses(List.of(ONE, TWO), 0))).isZero();
    assertThat(toTheFirst(new ScoreAddresses(List.of(ONE, TWO), 100))).isEqualTo(REQUESTS);
    ScoreAddresses three = new ScoreAddresses(List.of(ONE, TWO, TWO), 20);
    assertThat(LongStream.range(0, REQUESTS).filter(number -> three.of(number) == 2).count())
        .isBetween(3_700L, 4_300L);
  }

  /** Every second request is of a watched tenant by turns; each must come to each address. */
  @Test
  void whereHasNothingToDoWithWho() {
    ScoreAddresses endpoints = new ScoreAddresses(List.of(ONE, TWO), 50);
    for (int turn = 0; turn < 16; turn++) {
      int fixed = turn;
      long first =
          LongStream.range(0, REQUESTS / 16).filter(n -> endpoints.of(n * 16 + fixed) == 0).count();
      assertThat(first).isBetween(REQUESTS / 16 / 3, REQUESTS / 16 * 2 / 3);
    }
  }

  @Test
  void oneAddressGetsAll() {
    assertThat(toTheFirst(new ScoreAddresses(List.of(ONE), 5))).isEqualTo(REQUESTS);
    assertThrows(IllegalArgumentException.class, () -> new ScoreAddresses(List.of(), 50));
    assertThrows(IllegalArgumentException.class, () -> new ScoreAddresses(List.of(ONE), 101));
  }
}
