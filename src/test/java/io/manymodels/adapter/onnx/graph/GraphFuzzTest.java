package io.manymodels.adapter.onnx.graph;

import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.ModelInput;
import java.nio.ByteBuffer;

/** Any bytes are read, rewritten and packed, or refused in one line. */
class GraphFuzzTest {
  private static final TextLocales LOCALES = name -> "C.UTF-8";

  @FuzzTest(maxDuration = "60s")
  void graph(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes);
    try {
      serve(file);
    } catch (ServingException e) {
      assertRefused(e);
    }
    try {
      serve(PackedFile.of(ref("tenant1", 1), file, name -> ByteBuffer.allocate(64)));
    } catch (ServingException e) {
      assertRefused(e);
    }
    assertThat(file.position()).isZero();
  }

  private static void serve(ByteBuffer file) {
    ServedGraph served = ServedGraph.of(ref("tenant1", 1), file, LOCALES);
    assertThat(served.signature()).isEqualTo(GraphSignature.of(ref("tenant1", 1), file));
    assertThat(served.signature().inputs())
        .filteredOn(ModelInput::optional)
        .extracting(ModelInput::name)
        .containsExactlyInAnyOrderElementsOf(served.defaults().keySet());
  }

  private static void assertRefused(ServingException e) {
    assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED);
    assertThat(e).hasMessageStartingWith("tenant1/1: ").hasMessageNotContaining("\n");
  }
}
