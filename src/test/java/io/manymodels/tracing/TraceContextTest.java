package io.manymodels.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";
  private static final String GOOD = "00-" + TRACE + "-" + SPAN + "-01";

  @Test
  void whatIsWrittenIsReadAgain() {
    TraceContext read = TraceContext.parse(GOOD, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    assertThat(read)
        .isEqualTo(new TraceContext(TRACE, SPAN, 1, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
    assertThat(read.traceparent()).isEqualTo(GOOD);
    assertThat(read.isSampled()).isTrue();
  }

  @Test
  void flagsBesideThatForSampledAreNotPassedOn() {
    TraceContext read = TraceContext.parse("00-" + TRACE + "-" + SPAN + "-fe", null);
    assertThat(read.isSampled()).isFalse();
    assertThat(read.traceparent()).isEqualTo("00-" + TRACE + "-" + SPAN + "-00");
  }

  @Test
  void aLaterVersionMaySayMore() {
    String more = "cc-" + TRACE + "-" + SPAN + "-01-what-follows";
    assertThat(TraceContext.parse(more, null)).isEqualTo(new TraceContext(TRACE, SPAN, 1, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, 00-0af7651916cd43dd8448eb211c8",
        "\n0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      })
  void whatIsNotWellFormedIsNone(String parent) {
    assertThat(TraceContext.parse(parent, "a=b")).isNull();
  }

  @Test
  void noHeaderIsNone() {
    assertThat(TraceContext.parse(null, "a=b")).isNull();
  }

  @Test
  void aStateThatIsTooLongOrNoTextIsDropped() {
    assertThat(TraceContext.parse(GOOD, "a=" + "b".repeat(511)).state()).isEmpty();
    assertThat(TraceContext.parse(GOOD, "a=\r\nX-Admin: 1").state()).isEmpty();
    assertThat(TraceContext.parse(GOOD, "a=" + "b".repeat(510)).state()).hasSize(512);
  }
}
