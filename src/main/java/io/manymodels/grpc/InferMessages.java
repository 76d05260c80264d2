package io.manymodels.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.GrpcService.InferParameter;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferRequest.InferInputTensor;
import inference.GrpcService.ModelInferRequest.InferRequestedOutputTensor;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ModelInferResponse.InferOutputTensor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.v2.InferInput;
import io.manymodels.protocol.v2.InferParameters;
import io.manymodels.protocol.v2.InferRequest;
import io.manymodels.protocol.v2.InferResponse;
import io.manymodels.protocol.v2.OutputTensor;
import io.manymodels.protocol.v2.RequestedOutput;
import io.manymodels.protocol.v2.TensorBytes;
import io.manymodels.protocol.v2.TensorHead;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Requests and answers of ModelInfer. An answer has the form of its request: raw bytes for raw
 * bytes, typed contents for typed contents, except where a datatype has none. Stateless.
 */
final class InferMessages {
  private static final String CLASSIFICATION = "classification";
  private static final String CLASSES = "classes";

  /** Asks for one more answer without outputs, of models that answer more than once. */
  private static final String EMPTY_FINAL = "triton_enable_empty_final_response";

  private static final String FINAL = "triton_final_response";

  private InferMessages() {}

  /** Throws {@link ServingException}: {@code INVALID_INPUT}. */
  static InferRequest request(ModelInferRequest message) {
    checkAll(message.getParametersMap());
    List<InferInput> inputs = new ArrayList<>(message.getInputsCount());
    for (int i = 0; i < message.getInputsCount(); i++) {
      check(message.getInputs(i).getParametersMap());
    }
    boolean raw = isRaw(message);
    if (raw && message.getRawInputContentsCount() != message.getInputsCount()) {
      throw invalid(
          "raw_input_contents: there must be one for each input, in the same order; got "
              + message.getRawInputContentsCount()
              + " for "
              + message.getInputsCount()
              + " inputs");
    }
    for (int i = 0; i < message.getInputsCount(); i++) {
      InferInputTensor input = message.getInputs(i);
      TensorHead head = head(input);
      Cells cells = raw ? raw(message, i, head) : TypedContents.read(head, input.getContents());
      inputs.add(new InferInput(head, cells));
    }
    Optional<String> id =
        message.getId().isEmpty() ? Optional.empty() : Optional.of(message.getId());
    return new InferRequest(id, inputs, outputs(message), raw);
  }

  /** Whether its tensors are bytes, and those of its answer are to be. */
  private static boolean isRaw(ModelInferRequest message) {
    return message.getRawInputContentsCount() > 0;
  }

  private static TensorHead head(InferInputTensor input) {
    long[] shape = new long[input.getShapeCount()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = input.getShape(i);
    }
    return TensorHead.of(input.getName(), input.getDatatype(), shape);
  }

  private static Cells raw(ModelInferRequest message, int index, TensorHead head) {
    // Some clients send an empty one beside the bytes.
    if (message.getInputs(index).getContents().getSerializedSize() > 0) {
      throw TypedContents.fault(
          head, "it has contents, and raw_input_contents has its elements, too; send one of them");
    }
    return TensorBytes.read(head, message.getRawInputContents(index).asReadOnlyByteBuffer());
  }

  private static List<RequestedOutput> outputs(ModelInferRequest message) {
    List<RequestedOutput> outputs = new ArrayList<>(message.getOutputsCount());
    for (InferRequestedOutputTensor output : message.getOutputsList()) {
      check(output.getParametersMap());
      int classes =
          output.containsParameters(CLASSIFICATION)
              ? InferParameters.count(
                  CLASSIFICATION, value(output.getParametersOrThrow(CLASSIFICATION)), 1)
              : 0;
      outputs.add(new RequestedOutput(output.getName(), isRaw(message), classes));
    }
    return outputs;
  }

  /** Those of the request. */
  private static void checkAll(Map<String, InferParameter> parameters) {
    parameters.forEach(
        (key, parameter) -> {
          if (key.equals(EMPTY_FINAL)) {
            var unused = InferParameters.flag(key, value(parameter));
          } else {
            InferParameters.check(key, value(parameter));
          }
        });
  }

  private static void check(Map<String, InferParameter> parameters) {
    if (!parameters.isEmpty()) {
      parameters.forEach((key, parameter) -> InferParameters.check(key, value(parameter)));
    }
  }

  private static Object value(InferParameter parameter) {
    return switch (parameter.getParameterChoiceCase()) {
      case BOOL_PARAM -> parameter.getBoolParam();
      case INT64_PARAM -> parameter.getInt64Param();
      case STRING_PARAM -> parameter.getStringParam();
      case DOUBLE_PARAM -> parameter.getDoubleParam();
      case UINT64_PARAM -> parameter.getUint64Param();
      case PARAMETERCHOICE_NOT_SET -> "";
    };
  }

  /** Throws {@link ServingException} as {@link TensorBytes#write} does. */
  static ModelInferResponse response(ModelInferRequest asked, InferResponse answer) {
    ModelInferResponse.Builder message =
        ModelInferResponse.newBuilder()
            .setModelName(answer.ref().tenant().value())
            .setModelVersion(answer.ref().version().toString())
            .setId(answer.id().orElse(""));
    boolean raw = isRaw(asked) || answer.outputs().stream().anyMatch(InferMessages::isRawOnly);
    for (OutputTensor output : answer.outputs()) {
      message.addOutputs(output(output, raw));
      if (raw) {
        message.addRawOutputContents(bytes(output));
      }
    }
    return message.build();
  }

  /** The same answer, of which a stream says that no other follows to its request. */
  static ModelInferResponse last(ModelInferResponse response) {
    return response.toBuilder()
        .putParameters(FINAL, InferParameter.newBuilder().setBoolParam(true).build())
        .build();
  }

  private static boolean isRawOnly(OutputTensor output) {
    return output.datatype() == Datatype.FP16 || output.datatype() == Datatype.BF16;
  }

  private static InferOutputTensor output(OutputTensor output, boolean raw) {
    InferOutputTensor.Builder tensor =
        InferOutputTensor.newBuilder().setName(output.name()).setDatatype(output.datatype().name());
    for (int dimension : output.shape()) {
      tensor.addShape(dimension);
    }
    if (output.classes().size() > 0) {
      tensor.putParameters(
          CLASSES, InferParameter.newBuilder().setStringParam(output.classesAsJson()).build());
    }
    if (!raw) {
      tensor.setContents(TypedContents.write(output));
    }
    return tensor.build();
  }

  private static ByteString bytes(OutputTensor output) {
    ByteBuffer bytes = ByteBuffer.allocate(TensorBytes.size(output));
    TensorBytes.write(output, bytes);
    return UnsafeByteOperations.unsafeWrap(bytes.flip());
  }

  private static ServingException invalid(String detail) {
    return new ServingException(ErrorCode.INVALID_INPUT, detail);
  }
}
