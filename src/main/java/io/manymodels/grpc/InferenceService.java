package io.manymodels.grpc;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import inference.GrpcService;
import inference.GrpcService.ModelConfigRequest;
import inference.GrpcService.ModelConfigResponse;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ModelMetadataRequest;
import inference.GrpcService.ModelMetadataResponse;
import inference.GrpcService.ModelReadyRequest;
import inference.GrpcService.ModelReadyResponse;
import inference.GrpcService.ModelStatisticsRequest;
import inference.GrpcService.ModelStatisticsResponse;
import inference.GrpcService.ModelStreamInferResponse;
import inference.GrpcService.RepositoryIndexRequest;
import inference.GrpcService.RepositoryIndexResponse;
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
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.v2.InferRequest;
import io.manymodels.protocol.v2.NamedModel;
import io.manymodels.protocol.v2.V2Models;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The methods of inference.GRPCInferenceService. Thread-safe. */
final class InferenceService {
  static final String NAME = "inference.GRPCInferenceService";
  private static final int MAX_LOAD_MS = 25_000;

  /** Names, shapes, parameters, and what a message has beside the values of its tensors. */
  private static final int MORE_PARTS = 20_000;

  private final V2Models models;
  private final EventLoops loops;
  private final Duration receipt;
  private final Executor blocking;
  private final MessageBudget budget;
  private final CallCounts counts;
  private final BooleanSupplier ending;
  private final InferStreams streams;
  private final List<Method<?, ?>> methods = new ArrayList<>();

  private record Method<Q, A>(MethodDescriptor<Q, A> descriptor, ServerCallHandler<Q, A> handler) {
    private void addTo(ServiceDescriptor.Builder service) {
      service.addMethod(descriptor);
    }

    private void addTo(ServerServiceDefinition.Builder service) {
      service.addMethod(descriptor, handler);
    }
  }

  /** So that reflection can tell what the methods take. */
  private static final class Schema implements ProtoFileDescriptorSupplier {
    @Override
    public FileDescriptor getFileDescriptor() {
      return GrpcService.getDescriptor();
    }
  }

  /**
   * Answers by these models.
   *
   * @param receipt in which a request must have come whole
   * @param blocking runs what waits for a store or for other replicas
   * @param counts of answers
   * @param ending whether this server is about to end
   */
  InferenceService(
      V2Models models,
      EventLoops loops,
      Duration receipt,
      Executor blocking,
      MessageBudget budget,
      CallCounts counts,
      BooleanSupplier ending) {
    this.models = models;
    this.loops = loops;
    this.receipt = receipt;
    this.blocking = blocking;
    this.budget = budget;
    this.ending = ending;
    this.counts = counts;
    this.streams = new InferStreams(loops, this::infer, budget, counts);
    addServer();
    addModel();
    addRepository();
  }

  private void addServer() {
    add(
        "ServerLive",
        ServerLiveRequest.getDefaultInstance(),
        ServerLiveResponse.getDefaultInstance(),
        (asked, head) -> now(ServerLiveResponse.newBuilder().setLive(true).build()));
    add(
        "ServerReady",
        ServerReadyRequest.getDefaultInstance(),
        ServerReadyResponse.getDefaultInstance(),
        (asked, head) -> now(ServerReadyResponse.newBuilder().setReady(isReady()).build()));
    add(
        "ServerMetadata",
        ServerMetadataRequest.getDefaultInstance(),
        ServerMetadataResponse.getDefaultInstance(),
        (asked, head) -> now(ModelMessages.server()));
  }

  private void addModel() {
    add(
        "ModelReady",
        ModelReadyRequest.getDefaultInstance(),
        ModelReadyResponse.getDefaultInstance(),
        (asked, head) ->
            later(
                () -> {
                  var unused =
                      models.describe(head.caller(), named(asked.getName(), asked.getVersion()));
                  return ModelReadyResponse.newBuilder().setReady(true).build();
                }));
    add(
        "ModelMetadata",
        ModelMetadataRequest.getDefaultInstance(),
        ModelMetadataResponse.getDefaultInstance(),
        (asked, head) ->
            later(
                () ->
                    ModelMessages.metadata(
                        models.describe(
                            head.caller(), named(asked.getName(), asked.getVersion())))));
    add(
        "ModelConfig",
        ModelConfigRequest.getDefaultInstance(),
        ModelConfigResponse.getDefaultInstance(),
        (asked, head) ->
            later(
                () ->
                    ModelMessages.config(
                        models.config(head.caller(), named(asked.getName(), asked.getVersion())))));
    add(
        "ModelStatistics",
        ModelStatisticsRequest.getDefaultInstance(),
        ModelStatisticsResponse.getDefaultInstance(),
        (asked, head) ->
            asked.getName().isEmpty()
                ? now(ModelMessages.statistics(models.statistics(head.caller())))
                : later(
                    () ->
                        ModelMessages.statistics(
                            models.statistics(
                                head.caller(), named(asked.getName(), asked.getVersion())))));
    add(
        "ModelInfer",
        ModelInferRequest.getDefaultInstance(),
        ModelInferResponse.getDefaultInstance(),
        this::infer);
    add(
        method(
            "ModelStreamInfer",
            MethodType.BIDI_STREAMING,
            ModelInferRequest.getDefaultInstance(),
            ModelStreamInferResponse.getDefaultInstance()),
        streams);
  }

  private void addRepository() {
    add(
        "RepositoryIndex",
        RepositoryIndexRequest.getDefaultInstance(),
        RepositoryIndexResponse.getDefaultInstance(),
        (asked, head) ->
            later(() -> ModelMessages.index(models.index(head.caller(), asked.getReady()))));
    add(
        "RepositoryModelLoad",
        RepositoryModelLoadRequest.getDefaultInstance(),
        RepositoryModelLoadResponse.getDefaultInstance(),
        (asked, head) ->
            later(
                () -> {
                  ModelMessages.checkLoad(asked);
                  NamedModel model = named(asked.getModelName(), "");
                  var unused =
                      models.load(head.caller(), model.tenant(), head.deadline(MAX_LOAD_MS));
                  return RepositoryModelLoadResponse.getDefaultInstance();
                }));
    add(
        "RepositoryModelUnload",
        RepositoryModelUnloadRequest.getDefaultInstance(),
        RepositoryModelUnloadResponse.getDefaultInstance(),
        (asked, head) ->
            later(
                () -> {
                  NamedModel model = named(asked.getModelName(), "");
                  throw models.unloadRefusal(head.caller(), model.tenant());
                }));
  }

  private <Q extends Message, A extends Message> void add(
      String name, Q asked, A answered, UnaryCalls.Answer<Q, A> answer) {
    add(
        method(name, MethodType.UNARY, asked, answered),
        new UnaryCalls<>(loops, receipt, counts, answer));
  }

  private <Q, A> void add(MethodDescriptor<Q, A> descriptor, ServerCallHandler<Q, A> handler) {
    methods.add(new Method<>(descriptor, handler));
  }

  private <Q extends Message, A extends Message> MethodDescriptor<Received<Q>, A> method(
      String name, MethodType type, Q asked, A answered) {
    return MethodDescriptor.<Received<Q>, A>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
        .setRequestMarshaller(Received.marshaller(asked, mostParts(asked), budget))
        .setResponseMarshaller(ProtoUtils.marshaller(answered))
        .build();
  }

  private IntSupplier mostParts(Message asked) {
    return asked instanceof ModelInferRequest
        ? () -> models.limits().maxValues() + MORE_PARTS
        : () -> MORE_PARTS;
  }

  /** What gRPC's server takes. */
  ServerServiceDefinition definition() {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(NAME).setSchemaDescriptor(new Schema());
    methods.forEach(method -> method.addTo(descriptor));
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(method -> method.addTo(service));
    return service.build();
  }

  /** Ends streams as soon as what they have asked is answered. */
  void drainStreams() {
    streams.drain();
  }

  private boolean isReady() {
    return models.isReady() && !ending.getAsBoolean();
  }

  private CompletableFuture<ModelInferResponse> infer(ModelInferRequest asked, CallHead head) {
    long arrived = Ticker.SYSTEM.nanos();
    NamedModel model = named(asked.getModelName(), asked.getModelVersion());
    Deadline deadline = head.deadline(models.limits().deadlineMs());
    InferRequest request = InferMessages.request(asked);
    return models
        .infer(head.caller(), model, request, deadline, head.observed(), arrived)
        .thenApply(answer -> InferMessages.response(asked, answer));
  }

  private static NamedModel named(String name, String version) {
    return NamedModel.of(name, version);
  }

  private static <A> CompletableFuture<A> now(A answer) {
    return CompletableFuture.completedFuture(answer);
  }

  private <A> CompletableFuture<A> later(Supplier<A> answer) {
    try {
      return CompletableFuture.supplyAsync(answer, blocking);
    } catch (RejectedExecutionException e) {
      throw new ServingException(ErrorCode.OVERLOADED, "too many requests wait for a store", e);
    }
  }
}
