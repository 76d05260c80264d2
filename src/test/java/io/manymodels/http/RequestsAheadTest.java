package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestsAheadTest {
  private final RequestsAhead ahead = new RequestsAhead();

  private static HttpContent part(int bytes) {
    return new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[bytes]));
  }

  @Test
  void aFewLargePartsAreMuchAsManySmallOnesAre() {
    assertThat(ahead.offer(part((64 << 10) - 1))).isTrue();
    assertThat(ahead.isMuch()).isFalse();
    assertThat(ahead.offer(part(1))).isTrue();
    assertThat(ahead.isMuch()).isTrue();
    assertThat(ahead.remove()).isInstanceOf(HttpContent.class);
    assertThat(ahead.isMuch()).isFalse();
    Stream.generate(() -> part(1)).limit(63).forEach(ahead::offer);
    assertThat(ahead.isMuch()).isTrue();
    ahead.clear();
    assertThat(ahead.isMuch()).isFalse();
    assertThat(ahead.isEmpty()).isTrue();
  }
}
