package io.manymodels.protocol.v2;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import io.manymodels.tensor.SomeNames;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A request to infer, whichever way it came. Immutable.
 *
 * @param id of the client, for the answer
 * @param inputs at least one, with different names
 * @param outputs that are wanted, with different names; empty for all
 * @param binary whether outputs that are not named are wanted as bytes
 */
public record InferRequest(
    Optional<String> id, List<InferInput> inputs, List<RequestedOutput> outputs, boolean binary) {

  /** Throws {@link ServingException} {@code INVALID_INPUT}. */
  public InferRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    if (inputs.isEmpty()) {
      throw V2Faults.invalid("inputs: expected at least one");
    }
    if (inputs.size() > 1) {
      requireDistinct("input", inputs.stream().map(input -> input.head().name()).toList());
    }
    if (outputs.size() > 1) {
      requireDistinct("output", outputs.stream().map(RequestedOutput::name).toList());
    }
  }

  private static void requireDistinct(String what, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw V2Faults.invalid("the " + what + " " + SomeNames.quoted(name) + " is there twice");
      }
    }
  }

  /**
   * The rows of this request. The first dimension of each input is the row.
   *
   * @param anyName whether a model with one input takes the only input whatever its name is
   * @throws ServingException {@code INVALID_INPUT} when there is no row, or inputs have different
   *     numbers of them; {@code PAYLOAD_TOO_LARGE} over a limit
   */
  public Rows rows(int maxRows, int maxValues, boolean anyName) {
    TensorHead first = inputs.get(0).head();
    long values = 0;
    List<Block> blocks = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      InferInput input = inputs.get(i);
      TensorHead head = input.head();
      if (head.rows() != first.rows()) {
        throw V2Faults.ofInput(
            head.name(),
            "the first dimension counts the rows, and it has "
                + head.rows()
                + " of them, but the input "
                + SomeNames.quoted(first.name())
                + " has "
                + first.rows());
      }
      values += input.cells().size();
      blocks.add(
          new Block(
              List.of(head.name()),
              1,
              input.cells(),
              CellShapes.uniform(head.rowShape()),
              head.datatype()));
    }
    if (first.rows() == 0) {
      throw V2Faults.ofInput(first.name(), "it has no rows; send at least one");
    }
    if (first.rows() > maxRows) {
      throw V2Faults.tooLarge("a request has at most " + maxRows + " rows");
    }
    if (values > maxValues) {
      throw V2Faults.tooLarge("a request has at most " + maxValues + " numbers and other values");
    }
    Form form = anyName && blocks.size() == 1 ? Form.ANY_INPUT : Form.INPUTS;
    return new Rows(form, first.rows(), blocks, wanted());
  }

  private Outputs wanted() {
    return outputs.isEmpty()
        ? Outputs.ALL
        : new Outputs(false, outputs.stream().map(RequestedOutput::name).toList());
  }
}
