package io.manymodels.grpc;

import static io.manymodels.grpc.GrpcFixture.failure;
import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.rawFloats;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import inference.GrpcService.InferParameter;
import inference.GrpcService.InferTensorContents;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ModelInferResponse.InferOutputTensor;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ModelInfer by a real client. */
class InferMethodTest {
  private static final int MIB = 1 << 20;

  @TempDir private static Path folder;
  private static GrpcFixture running;

  @BeforeAll
  static void start() {
    running =
        GrpcFixture.start(
            folder,
            Environment.empty().with(Setting.GRPC_MAX_MESSAGE_MIB, "1"),
            "row_sum",
            "text_input",
            "echo_int64",
            "echo_int32",
            "echo_double",
            "half_output",
            "positive",
            "two_inputs",
            "endless_loop");
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static ModelInferRequest.Builder typed() {
    return request("row_sum", input("x", "FP32", 2, 3).setContents(floats(1, 2, 3, 4, 5, 6)));
  }

  private static ModelInferRequest.Builder raw() {
    return request("row_sum", input("x", "FP32", 2, 3))
        .addRawInputContents(rawFloats(1, 2, 3, 4, 5, 6));
  }

  private static ModelInferResponse infer(ModelInferRequest.Builder request) {
    return running.client().infer(request.build());
  }

  @Test
  void typedRequestsHaveTypedAnswers() {
    ModelInferResponse answer = infer(typed().setId("mine"));
    assertThat(answer.getModelName()).isEqualTo("row_sum");
    assertThat(answer.getModelVersion()).isEqualTo("1");
    assertThat(answer.getId()).isEqualTo("mine");
    assertThat(answer.getRawOutputContentsCount()).isZero();
    InferOutputTensor output = answer.getOutputs(0);
    assertThat(output.getName()).isEqualTo("y");
    assertThat(output.getDatatype()).isEqualTo("FP32");
    assertThat(output.getShapeList()).containsExactly(2L);
    assertThat(output.getContents().getFp32ContentsList()).containsExactly(6f, 15f);
  }

  @Test
  void rawRequestsHaveRawAnswers() {
    ModelInferResponse answer = infer(raw());
    assertThat(answer.getOutputs(0).hasContents()).isFalse();
    assertThat(answer.getRawOutputContentsList()).containsExactly(rawFloats(6, 15));
  }

  /** As MLServer's converters send them. */
  @Test
  void emptyContentsBesideRawOnesCountAsAbsent() {
    ModelInferRequest.Builder request = raw();
    request.getInputsBuilder(0).setContents(InferTensorContents.getDefaultInstance());
    assertThat(infer(request).getRawOutputContentsList()).containsExactly(rawFloats(6, 15));
  }

  @Test
  void integersKeepAll64Bits() {
    long most = Long.MAX_VALUE;
    ModelInferResponse answer =
        infer(
            request(
                "echo_int64",
                input("x", "INT64", 1, 2)
                    .setContents(
                        InferTensorContents.newBuilder()
                            .addInt64Contents(most)
                            .addInt64Contents(-most))));
    assertThat(answer.getOutputs(0).getContents().getInt64ContentsList())
        .containsExactly(most, -most);
  }

  @Test
  void outputsOfHalfPrecisionAreRawInAnyCase() {
    ModelInferResponse answer =
        infer(request("half_output", input("x", "FP32", 2, 1).setContents(floats(1, -2))));
    assertThat(answer.getOutputs(0).getDatatype()).isEqualTo("FP16");
    assertThat(answer.getOutputs(0).hasContents()).isFalse();
    assertThat(answer.getRawOutputContents(0))
        .isEqualTo(ByteString.copyFrom(new byte[] {0, 0x3c, 0, (byte) 0xc0}));
  }

  @Test
  void booleansAreOneByte() {
    ModelInferRequest.Builder request = request("positive", input("x", "FP32", 2, 1));
    assertThat(infer(request.addRawInputContents(rawFloats(1, -1))).getRawOutputContents(0))
        .isEqualTo(ByteString.copyFrom(new byte[] {1, 0}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void messagesMayBePacked(String compression) {
    CallOptions packed = CallOptions.DEFAULT.withCompression(compression);
    assertThat(running.client(packed).infer(raw().build()).getRawOutputContentsList())
        .containsExactly(rawFloats(6, 15));
  }

  @Test
  void parametersThatAreHintsArePassedOver() {
    InferParameter.Builder one = InferParameter.newBuilder().setUint64Param(1);
    assertThat(infer(typed().putParameters("priority", one.build())).getOutputs(0).getName())
        .isEqualTo("y");
  }

  static Stream<Arguments> faults() {
    ModelInferRequest.Builder both = raw();
    both.getInputsBuilder(0).setContents(floats(1));
    InferTensorContents numbers =
        InferTensorContents.newBuilder().addInt64Contents(1).addInt64Contents(2).build();
    InferParameter.Builder region = InferParameter.newBuilder().setStringParam("region");
    return Stream.of(
        fault(raw().setModelName("nobody"), Status.Code.NOT_FOUND, "nobody"),
        fault(raw().setModelName("../x"), Status.Code.NOT_FOUND, "../x"),
        fault(raw().setModelName(""), Status.Code.NOT_FOUND, "model"),
        fault(raw().setModelVersion("2"), Status.Code.NOT_FOUND, "version 2"),
        fault(raw().setModelVersion("-1"), Status.Code.NOT_FOUND, "-1"),
        wrong(raw().clearInputs(), "inputs"),
        wrong(raw().clearInputs().clearRawInputContents(), "inputs"),
        wrong(raw().addRawInputContents(ByteString.EMPTY), "got 2 for 1"),
        wrong(
            request("two_inputs", input("a", "FP32", 1, 2), input("b", "FP32", 1, 2))
                .addRawInputContents(rawFloats(1, 2)),
            "got 1 for 2"),
        wrong(both, "send one of them"),
        wrong(typed().addInputs(typed().getInputs(0)), "twice"),
        wrong(ofShape(2, 4), "needs 8 elements"),
        wrong(ofShape(6), "x"),
        wrong(ofShape(-1, 3), "negative"),
        wrong(ofShape(Long.MAX_VALUE, Long.MAX_VALUE), "more elements"),
        wrong(ofShape(1L << 32, 1L << 32), "more elements"),
        wrong(ofShape(0, 3), "needs 0 elements"),
        wrong(ofShape(new long[1_000_000]), "dimensions"),
        wrong(raw().clearRawInputContents().addRawInputContents(rawFloats(1)), "24 bytes"),
        wrong(request("row_sum", input("x", "FP64", 2, 3).setContents(floats(1))), "FP64"),
        wrong(request("row_sum", input("x", "FP32", 1, 2).setContents(numbers)), "fp32_contents"),
        wrong(request("row_sum", input("x", "FP99", 1, 3).setContents(floats(1, 2, 3))), "FP99"),
        wrong(request("row_sum", input("x", "FP16", 1, 3).setContents(floats(1, 2, 3))), "raw"),
        wrong(request("row_sum", input("z", "FP32", 1, 3).setContents(floats(1, 2, 3))), "'z'"),
        wrong(
            request(
                "echo_double",
                input("x", "FP64", 1, 1)
                    .setContents(InferTensorContents.newBuilder().addFp32Contents(1))),
            "fp64_contents"),
        wrong(
            request("text_input", input("x", "BYTES", 1, 1))
                .addRawInputContents(ByteString.copyFrom(new byte[] {9, 0, 0, 0, 'a'})),
            "beyond the end"),
        wrong(
            request(
                "text_input",
                input("x", "BYTES", 1, 1)
                    .setContents(
                        InferTensorContents.newBuilder()
                            .addBytesContents(ByteString.copyFrom(new byte[] {(byte) 0xff})))),
            "UTF-8"),
        wrong(
            request(
                "echo_int32",
                input("x", "INT8", 1, 1)
                    .setContents(InferTensorContents.newBuilder().addIntContents(1_000))),
            "INT8"),
        wrong(
            typed()
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName("q")),
            "'q'"),
        wrong(typed().putParameters("shared_memory_region", region.build()), "shared memory"));
  }

  private static ModelInferRequest.Builder ofShape(long... shape) {
    return request("row_sum", input("x", "FP32", shape).setContents(floats(1, 2, 3, 4, 5, 6)));
  }

  private static Arguments fault(ModelInferRequest.Builder request, Status.Code code, String says) {
    return Arguments.of(request.build(), code, says);
  }

  private static Arguments wrong(ModelInferRequest.Builder request, String says) {
    return fault(request, Status.Code.INVALID_ARGUMENT, says);
  }

  @ParameterizedTest(name = "{index}: {2}")
  @MethodSource("faults")
  void faultsAreTold(ModelInferRequest request, Status.Code code, String says) {
    Status status = failure(() -> running.client().infer(request));
    assertThat(status.getCode()).as("%s", status).isEqualTo(code);
    assertThat(status.getDescription()).contains(says).doesNotContain("\n", "Exception");
    assertThat(infer(raw()).getRawOutputContentsCount()).isOne();
  }

  @Test
  void messagesHaveALimitPackedOrNot() {
    float[] many = new float[MIB / 2];
    ModelInferRequest large =
        request("row_sum", input("x", "FP32", 1, many.length).setContents(floats(many))).build();
    for (CallOptions options :
        new CallOptions[] {CallOptions.DEFAULT, CallOptions.DEFAULT.withCompression("gzip")}) {
      Status status = failure(() -> running.client(options).infer(large));
      assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }
  }

  @Test
  void theClientsDeadlineCounts() {
    CallOptions short_ = CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS);
    ModelInferRequest endless =
        request("endless_loop", input("x", "FP32", 1, 1).setContents(floats(1))).build();
    Status status = failure(() -> running.client(short_).infer(endless));
    assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }
}
