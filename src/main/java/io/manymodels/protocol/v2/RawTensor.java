package io.manymodels.protocol.v2;

import io.manymodels.http.Body;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** A body that is one tensor and no JSON (Triton's raw binary request). Stateless. */
final class RawTensor {
  private RawTensor() {}

  /**
   * Reads a tensor without any JSON, for the only input of a model; all outputs are wanted as
   * bytes. The batch is 1, and at most one other dimension is free. Of texts it is one, which is
   * all of the body, without its length before it.
   *
   * @throws ServingException {@code INVALID_INPUT}
   */
  static InferRequest request(Body body, Signature signature) {
    List<ModelInput> inputs = signature.inputs().stream().filter(each -> !each.optional()).toList();
    if (inputs.size() != 1) {
      throw V2Faults.invalid(
          "a body without JSON is for a model with one input, and this one has "
              + inputs.size()
              + "; send JSON, and its length in the header "
              + InferBody.HEADER_NAME);
    }
    ModelInput input = inputs.get(0);
    ByteBuffer bytes = body.bytes();
    TensorHead head = new TensorHead(input.name(), input.datatype(), shape(input, bytes));
    Cells cells =
        input.datatype() == Datatype.BYTES
            ? new Cells.Texts(new String[] {body.text()})
            : TensorBytes.read(head, bytes);
    return new InferRequest(
        Optional.empty(), List.of(new InferInput(head, cells)), List.of(), true);
  }

  private static int[] shape(ModelInput input, ByteBuffer bytes) {
    int[] shape = new int[input.shape().size()];
    int free = -1;
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      long dimension = i == 0 ? 1 : input.shape().get(i);
      if (dimension == Signature.FREE && free >= 0) {
        throw undetermined(input);
      }
      free = dimension == Signature.FREE ? i : free;
      shape[i] = (int) Math.max(1, dimension);
      elements = Math.min(Integer.MAX_VALUE, elements * shape[i]);
    }
    if (input.datatype() == Datatype.BYTES) {
      if (elements != 1) {
        throw undetermined(input);
      }
      return shape;
    }
    if (free >= 0) {
      shape[free] = (int) (bytes.remaining() / (elements * input.datatype().bytes()));
    }
    return shape;
  }

  private static ServingException undetermined(ModelInput input) {
    return V2Faults.ofInput(
        input.name(),
        "its shape "
            + input.shape()
            + " cannot be told from bytes alone; send JSON with the shape, and the length of the"
            + " JSON in the header "
            + InferBody.HEADER_NAME);
  }
}
