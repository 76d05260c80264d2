package io.manymodels.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/** A frame is what it was written as, or no frame; a small one never makes much memory. */
class PredictCodecFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void frames(byte[] frame) {
    try {
      byte[] again = PredictCodec.encode(PredictCodec.decodeRequest(frame));
      assertThat(Arrays.copyOf(frame, again.length)).hasSize(again.length);
      assertThat(PredictCodec.encode(PredictCodec.decodeRequest(again))).isEqualTo(again);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    try {
      byte[] again = PredictCodec.encode(PredictCodec.decodeReply(frame));
      assertThat(PredictCodec.encode(PredictCodec.decodeReply(again))).isEqualTo(again);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
