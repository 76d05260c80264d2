package io.manymodels.formats;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/** The description of an MLflow model names files in its own folder, or is refused in one line. */
class MlflowModelFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void description(byte[] bytes) {
    MlflowModel model;
    try {
      model = MlflowModel.parse(ByteBuffer.wrap(bytes));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith("the file MLmodel ").doesNotContain("\n");
      return;
    }
    assertThat(model.flavors()).isNotEmpty();
    model.onnxFile().ifPresent(MlflowModelFuzzTest::assertBelow);
    model.exampleFile().ifPresent(MlflowModelFuzzTest::assertBelow);
  }

  private static void assertBelow(String file) {
    assertThat(("/" + file + "/").contains("/../")).as(file).isFalse();
    assertThat(file).isNotEmpty().doesNotStartWith("/").doesNotContain("\\");
  }
}
