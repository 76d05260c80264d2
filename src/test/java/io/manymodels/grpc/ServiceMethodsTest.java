package io.manymodels.grpc;

import static io.manymodels.grpc.GrpcFixture.failure;
import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import inference.GrpcService;
import inference.GrpcService.DataType;
import inference.GrpcService.ModelConfig;
import inference.GrpcService.ModelConfigRequest;
import inference.GrpcService.ModelConfigResponse;
import inference.GrpcService.ModelMetadataRequest;
import inference.GrpcService.ModelMetadataResponse;
import inference.GrpcService.ModelReadyRequest;
import inference.GrpcService.ModelReadyResponse;
import inference.GrpcService.ModelRepositoryParameter;
import inference.GrpcService.ModelStatistics;
import inference.GrpcService.ModelStatisticsRequest;
import inference.GrpcService.ModelStatisticsResponse;
import inference.GrpcService.RepositoryIndexRequest;
import inference.GrpcService.RepositoryIndexResponse;
import inference.GrpcService.RepositoryIndexResponse.ModelIndex;
import inference.GrpcService.RepositoryModelLoadRequest;
import inference.GrpcService.RepositoryModelLoadResponse;
import inference.GrpcService.RepositoryModelUnloadRequest;
import inference.GrpcService.RepositoryModelUnloadResponse;
import inference.GrpcService.ServerLiveRequest;
import inference.GrpcService.ServerLiveResponse;
import inference.GrpcService.ServerMetadataRequest;
import inference.GrpcService.ServerMetadataResponse;
import inference.GrpcService.ServerReadyRequest;
import inference.GrpcService.ServerReadyResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc.ServerReflectionStub;
import io.grpc.stub.StreamObserver;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The methods beside ModelInfer, health and reflection, by a real client. */
class ServiceMethodsTest {
  @TempDir private static Path folder;
  private static GrpcFixture running;

  @BeforeAll
  static void start() {
    Environment reflecting = Environment.empty().with(Setting.GRPC_REFLECTION, "on");
    running = GrpcFixture.start(folder, reflecting, "row_sum", "text_input");
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static <A extends Message> A call(String method, Message request, A answer) {
    return running.client().call(method, request, answer);
  }

  @Test
  void theServerLivesAndIsReady() {
    assertThat(
            call(
                    "ServerLive",
                    ServerLiveRequest.getDefaultInstance(),
                    ServerLiveResponse.getDefaultInstance())
                .getLive())
        .isTrue();
    assertThat(
            call(
                    "ServerReady",
                    ServerReadyRequest.getDefaultInstance(),
                    ServerReadyResponse.getDefaultInstance())
                .getReady())
        .isTrue();
    ServerMetadataResponse server =
        call(
            "ServerMetadata",
            ServerMetadataRequest.getDefaultInstance(),
            ServerMetadataResponse.getDefaultInstance());
    assertThat(server.getName()).isEqualTo("many-models");
    assertThat(server.getExtensionsList()).contains("statistics");
  }

  @Test
  void aRegisteredModelIsReadyAndAnotherIsNone() {
    assertThat(running.client().isReady("row_sum")).isTrue();
    assertThat(failure(() -> running.client().isReady("nobody")).getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
    ModelReadyRequest other =
        ModelReadyRequest.newBuilder().setName("row_sum").setVersion("7").build();
    assertThat(
            failure(() -> call("ModelReady", other, ModelReadyResponse.getDefaultInstance()))
                .getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void metadataTellsWhatAModelTakes() {
    ModelMetadataResponse model =
        call(
            "ModelMetadata",
            ModelMetadataRequest.newBuilder().setName("row_sum").setVersion("1").build(),
            ModelMetadataResponse.getDefaultInstance());
    assertThat(model.getName()).isEqualTo("row_sum");
    assertThat(model.getVersionsList()).containsExactly("1");
    assertThat(model.getInputs(0).getName()).isEqualTo("x");
    assertThat(model.getInputs(0).getDatatype()).isEqualTo("FP32");
    assertThat(model.getInputs(0).getShapeList()).containsExactly(-1L, 3L);
    assertThat(model.getOutputs(0).getShapeList()).containsExactly(-1L);
  }

  @Test
  void configurationIsThatOfTriton() {
    ModelConfig config =
        call(
                "ModelConfig",
                ModelConfigRequest.newBuilder().setName("row_sum").build(),
                ModelConfigResponse.getDefaultInstance())
            .getConfig();
    assertThat(config.getName()).isEqualTo("row_sum");
    assertThat(config.getMaxBatchSize()).isPositive();
    assertThat(config.getInput(0).getDataType()).isEqualTo(DataType.TYPE_FP32);
    assertThat(config.getInput(0).getDimsList()).containsExactly(3L);
    assertThat(config.getOutput(0).getDimsList()).containsExactly(1L);
    assertThat(config.getOutput(0).getReshape().getShapeList()).isEmpty();
    assertThat(config.getVersionPolicy().getSpecific().getVersionsList()).containsExactly(1L);
  }

  @Test
  void statisticsCountRows() {
    running
        .client()
        .infer(
            request("row_sum", input("x", "FP32", 2, 3).setContents(floats(1, 2, 3, 4, 5, 6)))
                .build());
    ModelStatistics model = statistics("row_sum");
    assertThat(model.getInferenceCount()).isEqualTo(2 * model.getExecutionCount()).isPositive();
    assertThat(model.getInferenceStats().getSuccess().getNs()).isPositive();
    assertThat(statistics("").getName()).isEqualTo("row_sum");
  }

  private static ModelStatistics statistics(String name) {
    return call(
            "ModelStatistics",
            ModelStatisticsRequest.newBuilder().setName(name).build(),
            ModelStatisticsResponse.getDefaultInstance())
        .getModelStats(0);
  }

  @Test
  void theRepositoryHasEachModel() {
    List<ModelIndex> models =
        call(
                "RepositoryIndex",
                RepositoryIndexRequest.getDefaultInstance(),
                RepositoryIndexResponse.getDefaultInstance())
            .getModelsList();
    assertThat(models).extracting(ModelIndex::getName).containsExactly("row_sum", "text_input");
    assertThat(models).extracting(ModelIndex::getState).containsOnly("READY");
  }

  @Test
  void aModelIsLoadedButNotUnloaded() {
    RepositoryModelLoadRequest.Builder load =
        RepositoryModelLoadRequest.newBuilder().setModelName("text_input");
    assertThat(
            call(
                "RepositoryModelLoad",
                load.build(),
                RepositoryModelLoadResponse.getDefaultInstance()))
        .isNotNull();
    load.putParameters(
        "file:1/model.onnx",
        ModelRepositoryParameter.newBuilder().setBytesParam(ByteString.EMPTY).build());
    Status sent =
        failure(
            () ->
                call(
                    "RepositoryModelLoad",
                    load.build(),
                    RepositoryModelLoadResponse.getDefaultInstance()));
    assertThat(sent.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    Status unload =
        failure(
            () ->
                call(
                    "RepositoryModelUnload",
                    RepositoryModelUnloadRequest.newBuilder().setModelName("text_input").build(),
                    RepositoryModelUnloadResponse.getDefaultInstance()));
    assertThat(unload.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(unload.getDescription()).contains("placement");
    Status unknown =
        failure(
            () ->
                call(
                    "RepositoryModelUnload",
                    RepositoryModelUnloadRequest.newBuilder().setModelName("nobody").build(),
                    RepositoryModelUnloadResponse.getDefaultInstance()));
    assertThat(unknown.getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SystemSharedMemoryStatus",
        "SystemSharedMemoryRegister",
        "CudaSharedMemoryStatus",
        "TraceSetting",
        "LogSettings"
      })
  void whatIsNotDoneIsUnimplemented(String method) {
    Status status =
        failure(
            () ->
                call(
                    method,
                    ServerLiveRequest.getDefaultInstance(),
                    ServerLiveResponse.getDefaultInstance()));
    assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "inference.GRPCInferenceService"})
  void healthIsToldOfAllAndOfTheService(String service) {
    HealthBlockingStub health =
        HealthGrpc.newBlockingStub(running.client().channel())
            .withDeadlineAfter(30, TimeUnit.SECONDS);
    HealthCheckRequest asked = HealthCheckRequest.newBuilder().setService(service).build();
    assertThat(health.check(asked).getStatus()).isEqualTo(ServingStatus.SERVING);
    HealthCheckRequest other = HealthCheckRequest.newBuilder().setService("other").build();
    assertThat(failure(() -> health.check(other)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void reflectionTellsTheServicesAndTheirMessages() throws Exception {
    ServerReflectionStub server = ServerReflectionGrpc.newStub(running.client().channel());
    assertThat(Reflection.services(server))
        .contains("inference.GRPCInferenceService", "grpc.health.v1.Health");
    assertThat(Reflection.files(server, "inference.GRPCInferenceService").get(0))
        .isEqualTo(GrpcService.getDescriptor().toProto());
  }

  /** Python's grpcio-reflection, and older tools. */
  @Test
  void reflectionIsAnsweredToClientsThatKnowItsFirstVersionOnly() {
    CompletableFuture<Integer> services = new CompletableFuture<>();
    var asked =
        io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(running.client().channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(io.grpc.reflection.v1alpha.ServerReflectionResponse response) {
                    services.complete(response.getListServicesResponse().getServiceCount());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    services.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    asked.onNext(
        io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
            .setListServices("")
            .build());
    asked.onCompleted();
    assertThat(services).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(4);
  }

  /** The service offers the methods of its own proto, and no other. */
  @Test
  void everyMethodOfTheProtoIsAnswered() {
    for (var method :
        GrpcService.getDescriptor().findServiceByName("GRPCInferenceService").getMethods()) {
      if (!method.isClientStreaming()) {
        Status.Code code;
        try {
          var unused =
              call(
                  method.getName(),
                  ModelReadyRequest.newBuilder().setName("nobody").build(),
                  ModelReadyResponse.getDefaultInstance());
          code = Status.Code.OK;
        } catch (StatusRuntimeException e) {
          code = e.getStatus().getCode();
        }
        assertThat(code)
            .as(method.getName())
            .isNotIn(Status.Code.UNIMPLEMENTED, Status.Code.UNKNOWN);
      }
    }
  }
}
