package io.manymodels.testing;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import inference.GrpcService.InferTensorContents;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferRequest.InferInputTensor;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ModelReadyRequest;
import inference.GrpcService.ModelReadyResponse;
import inference.GrpcService.ModelStreamInferResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A client of inference.GRPCInferenceService by grpc-java, as its stubs would call it. Thread-safe.
 */
public final class InferenceClient implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 30;

  private final ManagedChannel channel;
  private final Channel calls;
  private final CallOptions options;

  private InferenceClient(ManagedChannel channel, Channel calls, CallOptions options) {
    this.channel = channel;
    this.calls = calls;
    this.options = options;
  }

  /** A client of this address, which it connects to when it is first asked for something. */
  public static InferenceClient of(String host, int port) {
    return of(host, port, builder -> {});
  }

  /** The same, with other properties of the connection. */
  public static InferenceClient of(
      String host, int port, Consumer<NettyChannelBuilder> properties) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(host, port)
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE);
    properties.accept(builder);
    ManagedChannel channel = builder.build();
    return new InferenceClient(channel, channel, CallOptions.DEFAULT);
  }

  /** The same connection with other options for each call. */
  public InferenceClient with(CallOptions changed) {
    return new InferenceClient(channel, calls, changed);
  }

  /** The connection. */
  public Channel channel() {
    return calls;
  }

  /** A method of the service. */
  public static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
      String name, MethodType type, Q asked, A answered) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(type)
        .setFullMethodName("inference.GRPCInferenceService/" + name)
        .setRequestMarshaller(ProtoUtils.marshaller(asked))
        .setResponseMarshaller(ProtoUtils.marshaller(answered))
        .build();
  }

  /** Calls a method and waits for its answer; throws {@link io.grpc.StatusRuntimeException}. */
  @SuppressWarnings("unchecked")
  public <Q extends Message, A extends Message> A call(String name, Q request, A answered) {
    return ClientCalls.blockingUnaryCall(
        calls,
        method(name, MethodType.UNARY, (Q) request.getDefaultInstanceForType(), answered),
        limited(),
        request);
  }

  private CallOptions limited() {
    return options.getDeadline() == null
        ? options.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
        : options;
  }

  /** Calls ModelInfer. */
  public ModelInferResponse infer(ModelInferRequest request) {
    return call("ModelInfer", request, ModelInferResponse.getDefaultInstance());
  }

  /** Whether a model is ready; throws when there is none. */
  public boolean isReady(String model) {
    return call(
            "ModelReady",
            ModelReadyRequest.newBuilder().setName(model).build(),
            ModelReadyResponse.getDefaultInstance())
        .getReady();
  }

  /** A call of ModelInfer that is not started yet. */
  public ClientCall<ModelInferRequest, ModelInferResponse> inferCall() {
    return calls.newCall(
        method(
            "ModelInfer",
            MethodType.UNARY,
            ModelInferRequest.getDefaultInstance(),
            ModelInferResponse.getDefaultInstance()),
        options);
  }

  /** Opens a stream of ModelStreamInfer, without a deadline. */
  public StreamObserver<ModelInferRequest> stream(
      StreamObserver<ModelStreamInferResponse> answers) {
    return ClientCalls.asyncBidiStreamingCall(
        calls.newCall(
            method(
                "ModelStreamInfer",
                MethodType.BIDI_STREAMING,
                ModelInferRequest.getDefaultInstance(),
                ModelStreamInferResponse.getDefaultInstance()),
            options),
        answers);
  }

  /** A request for all outputs of a model with one input. */
  public static ModelInferRequest.Builder request(
      String model, InferInputTensor.Builder... inputs) {
    ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model);
    for (InferInputTensor.Builder input : inputs) {
      request.addInputs(input);
    }
    return request;
  }

  /** An input without its elements. */
  public static InferInputTensor.Builder input(String name, String datatype, long... shape) {
    InferInputTensor.Builder input =
        InferInputTensor.newBuilder().setName(name).setDatatype(datatype);
    for (long dimension : shape) {
      input.addShape(dimension);
    }
    return input;
  }

  /** Typed contents of single precision. */
  public static InferTensorContents floats(float... numbers) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    for (float number : numbers) {
      contents.addFp32Contents(number);
    }
    return contents.build();
  }

  /** The same as raw bytes. */
  public static ByteString rawFloats(float... numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return ByteString.copyFrom(bytes);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
