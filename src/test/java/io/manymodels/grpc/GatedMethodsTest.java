package io.manymodels.grpc;

import static io.manymodels.grpc.GrpcFixture.failure;
import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import inference.GrpcService.RepositoryIndexRequest;
import inference.GrpcService.RepositoryIndexResponse;
import inference.GrpcService.RepositoryIndexResponse.ModelIndex;
import inference.GrpcService.ServerLiveRequest;
import inference.GrpcService.ServerLiveResponse;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.stub.ClientCalls;
import io.manymodels.access.KeyDigest;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.InferenceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call what, where a file of callers says so. */
class GatedMethodsTest {
  private static final String HEALTH = "grpc.health.v1.Health/";
  private static final Set<String> FREE =
      Set.of(
          "inference.GRPCInferenceService/ServerLive",
          "inference.GRPCInferenceService/ServerReady");

  @TempDir private static Path folder;
  private static GrpcFixture running;

  @BeforeAll
  static void start() throws IOException {
    String callers =
        "callers:\n- {name: shop, key_sha256: "
            + KeyDigest.of("key-of-shop").hex()
            + ", tenants: [row_sum]}\n";
    Path file = Files.writeString(folder.resolve("callers.yaml"), callers);
    Environment gated =
        Environment.empty()
            .with(Setting.CALLERS, file.toString())
            .with(Setting.GRPC_REFLECTION, "on");
    running = GrpcFixture.start(folder, gated, "row_sum", "text_input");
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static InferenceClient with(String header, String value) {
    return running.client(CallOptions.DEFAULT.withCallCredentials(SentHeaders.of(header, value)));
  }

  /** Of every service that the server itself says it offers. */
  static Stream<String> gatedMethods() throws Exception {
    List<String> methods =
        Reflection.methods(
            ServerReflectionGrpc.newStub(running.client().channel())
                .withCallCredentials(SentHeaders.of("x-api-key", "key-of-shop")));
    assertThat(methods)
        .containsAll(FREE)
        .contains(HEALTH + "Check", "grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        .hasSizeGreaterThan(15);
    return methods.stream().filter(name -> !FREE.contains(name) && !name.startsWith(HEALTH));
  }

  @ParameterizedTest
  @MethodSource("gatedMethods")
  void nobodyUnknownCallsAnyMethod(String method) {
    MethodDescriptor<Empty, Empty> called =
        MethodDescriptor.<Empty, Empty>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName(method)
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .build();
    for (CallOptions options :
        List.of(
            CallOptions.DEFAULT,
            CallOptions.DEFAULT.withCallCredentials(
                SentHeaders.of("authorization", "Bearer wrong")),
            CallOptions.DEFAULT.withCallCredentials(SentHeaders.of("x-api-key", "no")))) {
      Status status =
          failure(
              () ->
                  ClientCalls.blockingUnaryCall(
                      running.client().channel(),
                      called,
                      options.withDeadlineAfter(30, TimeUnit.SECONDS),
                      Empty.getDefaultInstance()));
      assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(status.getDescription()).doesNotContain("wrong");
    }
  }

  @Test
  void healthNeedsNobody() {
    assertThat(
            running
                .client()
                .call(
                    "ServerLive",
                    ServerLiveRequest.getDefaultInstance(),
                    ServerLiveResponse.getDefaultInstance())
                .getLive())
        .isTrue();
    assertThat(
            HealthGrpc.newBlockingStub(running.client().channel())
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aKeyOpensItsTenantsOnly(boolean bearer) {
    InferenceClient shop =
        bearer ? with("authorization", "Bearer key-of-shop") : with("x-api-key", "key-of-shop");
    assertThat(
            shop.infer(
                    request("row_sum", input("x", "FP32", 1, 3).setContents(floats(1, 2, 3)))
                        .build())
                .getOutputsCount())
        .isOne();
    assertThat(shop.isReady("row_sum")).isTrue();
    for (String other : List.of("text_input", "nobody")) {
      Status status = failure(() -> shop.isReady(other));
      assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(
              failure(
                      () ->
                          shop.infer(
                              request(other, input("x", "FP32", 1, 1).setContents(floats(1)))
                                  .build()))
                  .getCode())
          .isEqualTo(Status.Code.PERMISSION_DENIED);
    }
    assertThat(
            shop.call(
                    "RepositoryIndex",
                    RepositoryIndexRequest.getDefaultInstance(),
                    RepositoryIndexResponse.getDefaultInstance())
                .getModelsList())
        .extracting(ModelIndex::getName)
        .containsExactly("row_sum");
  }
}
