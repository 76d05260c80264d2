package io.manymodels.formats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MlflowModelTest {

  private static MlflowModel parse(String text) {
    return MlflowModel.parse(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  @Test
  void theFlavourOnnxNamesFileColumnsAndExample() {
    MlflowModel model =
        parse(
            """
            flavors:
              onnx:
                data: model.onnx
                providers: [CPUExecutionProvider]
              python_function: {loader_module: mlflow.onnx}
            saved_input_example_info:
              artifact_path: input_example.json
              pandas_orient: split
              serving_input_path: serving_input_example.json
              type: dataframe
            signature:
              inputs: '[{"type": "string", "name": "plan", "required": true}, {"type": "double",
                "name": "seats", "required": true}]'
              outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
            utc_time_created: '2026-11-23 10:12:13.141592'
            """);
    assertThat(model.flavors()).containsExactly("onnx");
    assertThat(model.requireOnnx("x")).isEqualTo("model.onnx");
    assertThat(model.columns()).containsExactly("plan", "seats");
    assertThat(model.exampleFile()).contains("serving_input_example.json");
    assertThat(model.created()).contains(Instant.parse("2026-11-23T10:12:13.141592Z"));
  }

  @Test
  void whatItDoesNotSayIsEmpty() {
    MlflowModel model = parse("flavors:\n  onnx: {}\n");
    assertThat(model.requireOnnx("x")).isEqualTo("model.onnx");
    assertThat(model.columns()).isEmpty();
    assertThat(model.exampleFile()).isEmpty();
    assertThat(model.created()).isEmpty();
    assertThat(
            parse(
                    """
                    flavors: {onnx: {}}
                    saved_input_example_info: {artifact_path: example.npz}
                    signature: {inputs: '[{"type": "tensor", "name": "x", "tensor-spec": {}}]'}
                    """)
                .columns())
        .as("columns of tensors")
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'sklearn: {}, python_function: {}', the flavour sklearn",
    "'lightgbm: {}, xgboost: {}', 'the flavours lightgbm, xgboost'"
  })
  void anotherFlavourNamesTheConverter(String flavors, String named) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("flavors: {" + flavors + "}").requireOnnx("models/churn"))
        .withMessage(
            "it is an MLflow model of "
                + named
                + "; make ONNX of it: ./many-models models convert models/churn");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[1, 2]",
        "flavors: {}",
        "flavors: {python_function: {}}",
        "flavors: {1: {}}",
        "flavors: [onnx",
        "flavors: {onnx: {}, onnx: {}}",
        "flavors: !!python/object:os.system {onnx: {}}",
        "flavors: {onnx: {data: ../../etc/passwd}}",
        "flavors: {onnx: {data: /etc/passwd}}",
        "flavors: {onnx: {data: 'a/./b'}}",
        "flavors: {onnx: {data: 'c:\\b'}}",
        "flavors: {onnx: {}}\nsaved_input_example_info: {artifact_path: ../x.json}",
        "flavors: {onnx: {}}\nsignature: {inputs: '[{'}",
        "&a [*a]",
        "? &a {x: *a}\n: 1"
      })
  void anythingElseIsRefusedInOneLine(String text) {
    assertRefused(text);
  }

  @Test
  void whatIsHostileIsRefusedBeforeItIsBuilt() {
    assertRefused("[".repeat(100_000));
    assertRefused(nested(2_000));
    assertRefused("- x\n".repeat(300_000));
    assertRefused(" ".repeat(MlflowModel.MAX_BYTES + 1));
    StringBuilder laughs = new StringBuilder("a0: &a0 [lol]\n");
    for (int i = 1; i < 30; i++) {
      String before = "*a" + (i - 1);
      laughs
          .append("a" + i + ": &a" + i + " [")
          .append(String.join(", ", List.of(before, before, before, before)))
          .append("]\n");
    }
    assertRefused(laughs.toString());
  }

  private static String nested(int depth) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      text.append(" ".repeat(i)).append("a:\n");
    }
    return text.toString();
  }

  private static void assertRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(text))
        .withMessageStartingWith("the file MLmodel ")
        .withMessageNotContaining("\n")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_000));
  }
}
