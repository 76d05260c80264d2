package io.manymodels.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.LogLines;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionFaultsTest {
  private final FakeTicker ticker = new FakeTicker();
  private final EmbeddedChannel connection = new EmbeddedChannel();
  private final LogLines log = LogLines.of(getClass(), "connection of");
  private final ConnectionFaults faults =
      new ConnectionFaults(
          System.getLogger(getClass().getName()), System.Logger.Level.INFO, ticker);

  @AfterEach
  void close() {
    log.close();
    connection.finishAndReleaseAll();
  }

  @Test
  void faultsOfTheOtherSideAreOneLineInTenSeconds() {
    faults.exception(connection, new TooLongFrameException("Adjusted frame length exceeds 1024"));
    for (int i = 0; i < 1_000; i++) {
      faults.exception(connection, new DecoderException(new SSLException("no TLS record")));
      faults.exception(connection, ReadTimeoutException.INSTANCE);
      faults.fault(connection, "no token");
    }
    assertThat(log.messages())
        .singleElement()
        .isEqualTo("connection of embedded ends: Adjusted frame length exceeds 1024");
    ticker.advance(Duration.ofSeconds(10));
    faults.fault(connection, "no token");
    assertThat(log.messages())
        .last()
        .isEqualTo("connection of embedded ends: no token (and 3000 other connections before)");
    assertThat(log.hasStackTrace()).isFalse();
  }

  @Test
  void aResetIsNoFault() {
    faults.exception(connection, new IOException("Connection reset by peer"));
    assertThat(log.messages()).isEmpty();
  }

  @Test
  void aDefectOfOursHasItsStackTraceEachTime() {
    faults.exception(connection, new IllegalStateException("a defect"));
    faults.exception(connection, new IllegalStateException("a defect"));
    assertThat(log.messages()).hasSize(2);
    assertThat(log.hasStackTrace()).isTrue();
  }
}
