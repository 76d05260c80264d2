package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class OnnxOutlineTest {

  @Test
  void operatorsAndTheRestAreCounted() {
    byte[] file = tinyOnnx("sum_of_everything");
    OnnxOutline outline = outline(file);
    assertThat(outline.operators()).isEqualTo(2);
    assertThat(outline.operatorBytes()).isPositive();
    assertThat(outline.operatorBytes() + outline.otherBytes()).isEqualTo(file.length);
  }

  @Test
  void everyCutIsRefusedOrCounted() {
    byte[] file = tinyOnnx("row_sum");
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      try {
        assertThat(outline(cut).operators()).isBetween(0, 1);
      } catch (ServingException e) {
        assertThat(e).hasMessageStartingWith("tenant1/1: the artifact is not an ONNX file: it ");
      }
    }
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> outline(new byte[0]))
        .withMessageEndingWith("it holds no graph");
  }

  @Property(tries = 3000)
  void anyBytesAreRefusedOrCounted(@ForAll byte[] bytes) {
    try {
      assertThat(outline(bytes).weightBytes()).isPositive();
    } catch (ServingException e) {
      assertThat(e).hasMessageStartingWith("tenant1/1: the artifact is not an ONNX file: it ");
    }
  }

  private static OnnxOutline outline(byte[] bytes) {
    return OnnxOutline.of(ref("tenant1", 1), ByteBuffer.wrap(bytes));
  }
}
