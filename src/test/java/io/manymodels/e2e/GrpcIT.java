package io.manymodels.e2e;

import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.protobuf.ByteString;
import inference.GrpcService.InferTensorContents;
import inference.GrpcService.ModelInferRequest.InferInputTensor;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ModelMetadataRequest;
import inference.GrpcService.ModelMetadataResponse;
import inference.GrpcService.ModelMetadataResponse.TensorMetadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.manymodels.testing.InferenceClient;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Open Inference Protocol V2 over gRPC, on the Dispatchers' port. */
class GrpcIT {
  private static InferenceClient client;

  @BeforeAll
  static void connect() {
    client = InferenceClient.of(Application.running().root().grpc());
  }

  @AfterAll
  static void close() {
    client.close();
  }

  static List<String> tenants() {
    return Expected.tenants();
  }

  private static double[] numbers(ArrayNode rows) {
    double[] numbers = new double[rows.size() * rows.get(0).size()];
    int next = 0;
    for (JsonNode row : rows) {
      for (JsonNode cell : row) {
        numbers[next++] = cell.doubleValue();
      }
    }
    return numbers;
  }

  /** The model's first output for all rows, asked for in one of both forms. */
  private static ModelInferResponse ask(String tenant, boolean raw) {
    TensorMetadata declared =
        client
            .call(
                "ModelMetadata",
                ModelMetadataRequest.newBuilder().setName(tenant).build(),
                ModelMetadataResponse.getDefaultInstance())
            .getInputs(0);
    ArrayNode rows = Expected.rows(tenant);
    double[] numbers = numbers(rows);
    String datatype = declared.getDatatype();
    InferInputTensor.Builder tensor =
        input(declared.getName(), datatype, rows.size(), rows.get(0).size());
    return client.infer(
        raw
            ? request(tenant, tensor).addRawInputContents(bytes(datatype, numbers)).build()
            : request(tenant, tensor.setContents(contents(datatype, numbers))).build());
  }

  private static InferTensorContents contents(String datatype, double[] numbers) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    for (double number : numbers) {
      switch (datatype) {
        case "FP32" -> contents.addFp32Contents((float) number);
        case "FP64" -> contents.addFp64Contents(number);
        case "INT64" -> contents.addInt64Contents((long) number);
        default -> throw new AssertionError(datatype);
      }
    }
    return contents.build();
  }

  private static ByteString bytes(String datatype, double[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (double number : numbers) {
      switch (datatype) {
        case "FP32" -> bytes.putFloat((float) number);
        case "FP64" -> bytes.putDouble(number);
        case "INT64" -> bytes.putLong((long) number);
        default -> throw new AssertionError(datatype);
      }
    }
    return ByteString.copyFrom(bytes.flip());
  }

  /** The answer as POST /score would have given it. */
  private static JsonNode asScored(ModelInferResponse answer) {
    ModelInferResponse.InferOutputTensor first = answer.getOutputs(0);
    InferTensorContents contents = first.getContents();
    ArrayNode prediction = Answer.JSON.createArrayNode();
    contents.getInt64ContentsList().forEach(prediction::add);
    contents.getFp32ContentsList().forEach(prediction::add);
    contents.getFp64ContentsList().forEach(prediction::add);
    contents.getBytesContentsList().stream().map(ByteString::toStringUtf8).forEach(prediction::add);
    return Answer.JSON
        .createObjectNode()
        .put("model", answer.getModelName())
        .put("version", Long.parseLong(answer.getModelVersion()))
        .set("prediction", byRow(prediction, first.getShapeList()));
  }

  private static ArrayNode byRow(ArrayNode flat, List<Long> shape) {
    int width = shape.size() < 2 ? 1 : shape.get(1).intValue();
    if (width == 1) {
      return flat;
    }
    ArrayNode rows = Answer.JSON.createArrayNode();
    for (int i = 0; i < flat.size(); i += width) {
      ArrayNode row = rows.addArray();
      for (int k = 0; k < width; k++) {
        row.add(flat.get(i + k));
      }
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("tenants")
  void everyTenantIsAnsweredRight(String tenant) {
    ModelInferResponse typed = ask(tenant, false);
    assertThat(Expected.complaint(tenant, asScored(typed))).isEmpty();
    ModelInferResponse raw = ask(tenant, true);
    assertThat(raw.getRawOutputContentsCount()).isEqualTo(typed.getOutputsCount());
    assertThat(raw.getOutputs(0).getShapeList()).isEqualTo(typed.getOutputs(0).getShapeList());
  }

  @Test
  void whoeverHasNoModelIsNotFound() {
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> client.isReady("nobody"));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void healthIsTold() {
    assertThat(
            HealthGrpc.newBlockingStub(client.channel())
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }
}
