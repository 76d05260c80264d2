package io.manymodels.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.model.ServingException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/** The content of a control frame is what it was written as, or is refused. */
class ControlFrameFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void frames(byte[] content) {
    try {
      ControlCall call = ControlCall.read(Unpooled.wrappedBuffer(content));
      ByteBuf again = Unpooled.buffer(call.size());
      call.write(again);
      assertThat(ByteBufUtil.getBytes(again)).isEqualTo(content);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    try {
      var unused = ControlReply.read(Frames.CONTROL_FAILED, Unpooled.wrappedBuffer(content));
    } catch (ServingException e) {
      byte[] again = ControlReply.failure(e);
      assertThat(again).isNotEmpty();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
