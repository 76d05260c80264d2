package io.manymodels.protocol.v2;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.SomeNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An answer, however it goes back. Immutable.
 *
 * @param ref the model that computed it
 * @param id of the request
 * @param outputs in the order in which they were asked for, else in the model's
 */
public record InferResponse(ModelRef ref, Optional<String> id, List<OutputTensor> outputs) {

  public InferResponse {
    outputs = List.copyOf(outputs);
  }

  /**
   * The answer to a request. A map becomes a tensor of its values.
   *
   * @param prediction for the rows of the request, with its outputs by name
   * @throws ServingException {@code INVALID_INPUT} when an output that was asked for is no tensor,
   *     with those that can be asked for
   */
  public static InferResponse of(InferRequest request, ModelRef ref, Prediction prediction) {
    List<OutputTensor> outputs = new ArrayList<>(prediction.outputs().size());
    if (request.outputs().isEmpty()) {
      for (Prediction.Named output : prediction.outputs()) {
        outputs.add(tensor(output, request.binary(), prediction));
      }
    }
    for (RequestedOutput requested : request.outputs()) {
      OutputTensor whole =
          tensor(named(requested.name(), prediction), requested.binary(), prediction);
      outputs.add(requested.classes() == 0 ? whole : Classification.of(whole, requested.classes()));
    }
    return new InferResponse(ref, request.id(), outputs);
  }

  private static Prediction.Named named(String name, Prediction prediction) {
    for (Prediction.Named output : prediction.outputs()) {
      if (output.name().equals(name)) {
        return output;
      }
    }
    throw new IllegalArgumentException("the prediction has no output '" + name + "'");
  }

  private static OutputTensor tensor(
      Prediction.Named output, boolean binary, Prediction prediction) {
    OutputValue value = output.value();
    if (value instanceof OutputValue.Tensor tensor) {
      return tensor(output, tensor.shape(), tensor.cells(), OutputTensor.NO_CLASSES, binary);
    }
    if (value instanceof OutputValue.ByClass map) {
      int classes = map.keys().size();
      int[] shape = {classes == 0 ? 0 : map.values().size() / classes, classes};
      return tensor(output, shape, map.values(), map.keys(), binary);
    }
    if (value instanceof OutputValue.Entries map) {
      return tensor(output, new int[] {map.keys().size()}, map.values(), map.keys(), binary);
    }
    throw noTensor(output.name(), prediction);
  }

  private static OutputTensor tensor(
      Prediction.Named output, int[] shape, Cells cells, Cells classes, boolean binary) {
    return new OutputTensor(output.name(), output.datatype(), shape, cells, classes, binary);
  }

  private static ServingException noTensor(String name, Prediction prediction) {
    List<String> tensors =
        prediction.outputs().stream()
            .filter(output -> !(output.value() instanceof OutputValue.Sequence))
            .map(Prediction.Named::name)
            .toList();
    String advice =
        tensors.isEmpty()
            ? "; POST /score answers it"
            : "; name the outputs that you want, of these: " + SomeNames.of(tensors);
    return V2Faults.ofOutput(name, "it is a list, which this protocol does not have" + advice);
  }
}
