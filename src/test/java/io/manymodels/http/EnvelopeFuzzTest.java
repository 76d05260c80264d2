package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever Ray's proxy hands over is a request, or no envelope; nothing else. */
class EnvelopeFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void envelope(byte[] input) {
    String text = new String(input, UTF_8);
    try {
      IngressRequest request = Envelope.read(text);
      assertThat(request.method()).isNotNull();
      assertThat(request.body()).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
