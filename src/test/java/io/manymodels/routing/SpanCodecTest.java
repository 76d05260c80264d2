package io.manymodels.routing;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.tensor.Rows;
import io.manymodels.tracing.NamedSpan;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpanCodecTest {
  private static final PredictRequest PLAIN =
      new PredictRequest(tenant(1), Rows.matrix(1, 2, new double[] {3, 4}), 5);
  private static final TraceContext TRACE =
      new TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1, "a=b");

  private static PredictRequest decoded(PredictRequest request) {
    byte[] frame = PredictCodec.encode(request);
    assertThat(frame).hasSize(PredictCodec.size(request));
    return PredictCodec.decodeRequest(frame);
  }

  @Test
  void namesArriveBesideTheRequest() {
    for (Span span :
        new Span[] {
          new NamedSpan("id-1", TRACE), new NamedSpan("id-2", null), new NamedSpan("", TRACE)
        }) {
      assertThat(decoded(PLAIN.within(span)).span()).isEqualTo(span);
      assertThat(decoded(PLAIN.within(span)).tenant()).isEqualTo(tenant(1));
    }
  }

  @Test
  void aRequestWithoutASpanHasTheBytesThatItAlwaysHad() {
    byte[] plain = PredictCodec.encode(PLAIN);
    byte[] named = PredictCodec.encode(PLAIN.within(new NamedSpan("id", TRACE)));
    assertThat(decoded(PLAIN).span()).isSameAs(Span.NONE);
    // What a build that knows of no spans reads; it passes over what follows.
    assertThat(Arrays.copyOf(named, plain.length)).isEqualTo(plain);
  }

  @Test
  void whatALaterBuildAddsIsPassedOver() {
    byte[] plain = PredictCodec.encode(PLAIN);
    byte[] more = Arrays.copyOf(plain, plain.length + 4);
    more[plain.length] = 2;
    assertThat(PredictCodec.decodeRequest(more).span()).isSameAs(Span.NONE);
  }

  @Test
  void namesThatAreCutOffAreNoFrame() {
    byte[] named = PredictCodec.encode(PLAIN.within(new NamedSpan("id", TRACE)));
    int plain = PredictCodec.size(PLAIN);
    for (int length = plain + 1; length < named.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(named, 0, length);
      assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeRequest(cut));
    }
  }

  @Test
  void aRequestIdThatNobodySendsIsNotTaken() {
    Span long1 = new NamedSpan("x".repeat(129), null);
    PredictRequest request =
        new PredictRequest(tenant(1), PLAIN.rows(), 5, Optional.empty(), long1);
    assertThat(decoded(request).span()).isSameAs(Span.NONE);
  }
}
