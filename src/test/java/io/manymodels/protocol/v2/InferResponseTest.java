package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Prediction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** ListedPrediction become tensors, in the order and the form in which they were asked for. */
class InferResponseTest {
  private static final ModelRef REF = new ModelRef(new TenantId("m"), new ModelVersion(3));
  private static final Prediction.Named LABEL =
      new Prediction.Named(
          "label",
          Datatype.BYTES,
          new OutputValue.Tensor(new Cells.Texts(new String[] {"a", "é"}), new int[] {2}));
  private static final Prediction.Named SCORES =
      new Prediction.Named(
          "scores",
          Datatype.FP32,
          new OutputValue.ByClass(
              new Cells.Texts(new String[] {"leaves", "stays"}),
              new Cells.Floats(new float[] {0.25f, 0.75f, Float.NaN, 1})));
  private static final Prediction.Named LIST =
      new Prediction.Named("list", Datatype.FP32, new OutputValue.Sequence(List.of()));

  private static InferRequest request(boolean binary, RequestedOutput... outputs) {
    InferInput input =
        new InferInput(TensorHead.of("x", "FP32", 2), new Cells.Floats(new float[2]));
    return new InferRequest(Optional.of("id-1"), List.of(input), List.of(outputs), binary);
  }

  private static InferResponse response(InferRequest request, Prediction.Named... outputs) {
    return InferResponse.of(request, REF, new Prediction(outputs[0].value(), List.of(outputs)));
  }

  private static String json(InferResponse response) {
    InferResponseWriter.Written written = InferResponseWriter.write(response);
    return new String(written.bytes(), 0, written.jsonLength(), UTF_8);
  }

  @Test
  void jsonIsFlatAndSaysClasses() {
    InferResponse response = response(request(false), LABEL, SCORES);
    assertThat(json(response))
        .isEqualTo(
            """
            {"model_name":"m","model_version":"3","id":"id-1","outputs":[\
            {"name":"label","datatype":"BYTES","shape":[2],"data":["a","é"]},\
            {"name":"scores","datatype":"FP32","shape":[2,2],\
            "parameters":{"classes":"[\\"leaves\\",\\"stays\\"]"},"data":[0.25,0.75,null,1.0]}]}""");
    assertThat(InferResponseWriter.write(response).isBinary()).isFalse();
  }

  @Test
  void bytesFollowTheJsonInTheOrderOfTheOutputs() {
    InferResponseWriter.Written written =
        InferResponseWriter.write(
            response(
                request(
                    false,
                    new RequestedOutput("scores", true, 0),
                    new RequestedOutput("label", true, 0)),
                LABEL,
                SCORES));
    assertThat(new String(written.bytes(), 0, written.jsonLength(), UTF_8))
        .contains(
            "\"name\":\"scores\",\"datatype\":\"FP32\",\"shape\":[2,2],\"parameters\":{"
                + "\"binary_data_size\":16,")
        .endsWith("\"shape\":[2],\"parameters\":{\"binary_data_size\":11}}]}")
        .doesNotContain("\"data\"");
    ByteBuffer tail =
        ByteBuffer.wrap(written.bytes())
            .position(written.jsonLength())
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(tail.getFloat()).isEqualTo(0.25f);
    assertThat(tail.getFloat()).isEqualTo(0.75f);
    assertThat(tail.getFloat()).isNaN();
    assertThat(tail.getFloat()).isEqualTo(1);
    assertThat(tail.getInt()).isEqualTo(1);
    assertThat(tail.get()).isEqualTo((byte) 'a');
    assertThat(tail.getInt()).isEqualTo(2);
    assertThat(tail.remaining()).isEqualTo(2);
  }

  @Test
  void noBytesAreNoBinaryAnswer() {
    Prediction.Named nothing =
        new Prediction.Named(
            "n",
            Datatype.FP32,
            new OutputValue.Tensor(new Cells.Floats(new float[0]), new int[] {0, 2}));
    InferResponse response = response(request(true), nothing);
    assertThat(InferResponseWriter.write(response).isBinary()).isFalse();
    assertThat(json(response)).contains("\"binary_data_size\":0").doesNotContain("\"data\"");
  }

  @Test
  void allOutputsComeInTheModelsOrder() {
    InferResponse response = response(request(true), LABEL, SCORES);
    assertThat(response.outputs())
        .extracting(OutputTensor::name, OutputTensor::binary)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple("label", true),
            org.assertj.core.api.Assertions.tuple("scores", true));
  }

  @Test
  void aListIsRefusedWithWhatCanBeAskedFor() {
    assertThatThrownBy(() -> response(request(false), LABEL, LIST))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_INPUT))
        .hasMessageContaining("'list'")
        .hasMessageContaining("of these: 'label'");
    assertThatThrownBy(() -> response(request(false), LIST)).hasMessageContaining("POST /score");
  }

  @Test
  void oneMapIsItsClasses() {
    Prediction.Named map =
        new Prediction.Named(
            "map",
            Datatype.INT64,
            new OutputValue.Entries(
                new Cells.Longs(new long[] {7, 9}), new Cells.Longs(new long[] {1, -1})));
    assertThat(json(response(request(false), map)))
        .contains("\"shape\":[2],\"parameters\":{\"classes\":\"[7,9]\"},\"data\":[1,-1]");
  }

  @Test
  void classificationGivesTheLargestOfEachRow() {
    List<String> texts = new ArrayList<>();
    for (int most : new int[] {1, 5}) {
      OutputTensor output =
          response(request(false, new RequestedOutput("scores", false, most)), SCORES)
              .outputs()
              .get(0);
      assertThat(output.datatype()).isEqualTo(Datatype.BYTES);
      assertThat(output.shape()).containsExactly(2, Math.min(most, 2));
      texts.addAll(List.of(((Cells.Texts) output.cells()).values()));
    }
    assertThat(texts)
        .containsExactly(
            "0.750000:1:stays",
            "1.000000:1:stays",
            "0.750000:1:stays",
            "0.250000:0:leaves",
            "1.000000:1:stays",
            "nan:0:leaves");
    assertThatThrownBy(
            () -> response(request(false, new RequestedOutput("label", false, 1)), LABEL))
        .hasMessageContaining("only numbers");
  }

  @Test
  void wholeNumbersAreClassifiedExactly() {
    long even = 1L << 53;
    Cells signed = new Cells.Longs(new long[] {even, even + 1, Long.MIN_VALUE});
    assertThat(classified(Datatype.INT64, signed))
        .containsExactly("9007199254740993:1", "9007199254740992:0", "-9223372036854775808:2");
    Cells unsigned = TensorBytes.unsigned(new long[] {1, -2, -1});
    assertThat(classified(Datatype.UINT64, unsigned))
        .containsExactly("18446744073709551615:2", "18446744073709551614:1", "1:0");
  }

  private static List<String> classified(Datatype type, Cells cells) {
    Prediction.Named output =
        new Prediction.Named("y", type, new OutputValue.Tensor(cells, new int[] {1, 3}));
    OutputTensor tensor =
        response(request(false, new RequestedOutput("y", false, 3)), output).outputs().get(0);
    return List.of(((Cells.Texts) tensor.cells()).values());
  }
}
