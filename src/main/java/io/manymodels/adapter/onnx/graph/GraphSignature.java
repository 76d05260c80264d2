package io.manymodels.adapter.onnx.graph;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model takes and answers, from its file. Inputs and outputs are in the graph's order;
 * initialisers are no inputs, unless the file lists them as such on purpose: then they are
 * optional.
 */
public final class GraphSignature {
  /** A table has a hundred columns, one input each, or a thousand. */
  private static final int MAX_INPUTS = 10_000;

  /** Of all outputs together; more are of no use to a reader. */
  private static final int MAX_CLASSES = 100_000;

  private final OnnxGraph graph;
  private final ClassLabels labels;
  private final Constants constants;
  private @Nullable Widths widths;
  private @Nullable RowNumbers rowNumbers;
  private int classesListed;
  private boolean hasFreeRows;

  private GraphSignature(OnnxGraph graph) {
    this.graph = graph;
    this.constants = new Constants(graph);
    this.labels = new ClassLabels(constants);
  }

  /**
   * Reads it; does not move the position.
   *
   * @throws ServingException {@code LOAD_FAILED} when the bytes are no ONNX file, or it takes or
   *     answers what nobody can send or read; the message names it
   */
  public static Signature of(ModelRef ref, ByteBuffer file) {
    return of(ref, OnnxGraph.of(ref, file));
  }

  static Signature of(ModelRef ref, OnnxGraph graph) {
    try {
      return new GraphSignature(graph).read();
    } catch (IllegalArgumentException e) {
      throw GraphRefusal.of(ref, String.valueOf(e.getMessage()), e);
    }
  }

  private Signature read() {
    List<ModelInput> inputs = new ArrayList<>();
    graph
        .inputs()
        .forEach(
            (name, type) -> {
              if (!graph.isWeight(name)) {
                requireFew(inputs.size() + 1);
                inputs.add(input(name, type));
              }
            });
    requireFew(graph.outputs().size());
    hasFreeRows = inputs.stream().anyMatch(input -> input.shape().indexOf(Signature.FREE) == 0);
    List<ModelOutput> outputs = new ArrayList<>();
    graph.outputs().forEach((name, type) -> outputs.add(output(name, type)));
    return new Signature(inputs, outputs);
  }

  private static void requireFew(int count) {
    if (count > MAX_INPUTS) {
      throw new IllegalArgumentException(
          "the model has more than "
              + MAX_INPUTS
              + " inputs or outputs; join its columns to one matrix");
    }
  }

  private ModelInput input(String name, ValueType type) {
    if (!(type instanceof ValueType.Tensor tensor)) {
      throw new IllegalArgumentException(
          "the input '"
              + name
              + "' takes "
              + describe(type)
              + "; only tensors can be sent: convert the model with tensors as inputs");
    }
    Datatype datatype =
        ElementType.datatype(tensor.element())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the input '"
                            + name
                            + "' takes "
                            + describe(tensor)
                            + ", which cannot be sent; let the model take float and cast it"));
    Optional<List<Long>> declared = tensor.shape();
    GraphTensor value = graph.initialisers().get(name);
    if (declared.isEmpty() && value != null) {
      declared = Optional.of(value.dims());
    }
    if (declared.isPresent() && !isOpen(declared.get())) {
      return input(name, datatype, declared.get(), false);
    }
    if (widths == null || rowNumbers == null) {
      Uses uses = new Uses(graph);
      widths = new Widths(graph, uses, constants);
      rowNumbers = new RowNumbers(uses, constants);
    }
    Evidence found = widths.of(name);
    // A named dimension is meant to be free; converters that do not know a width leave it unnamed.
    Evidence evidence = tensor.named() ? found.certain() : found;
    if (declared.isEmpty() && rowNumbers.are(name)) {
      evidence.rank(1);
    }
    List<Long> shape = shape(declared, evidence);
    return input(name, datatype, shape, shape.size() == 2 && evidence.isLeast());
  }

  private ModelInput input(String name, Datatype datatype, List<Long> shape, boolean orWider) {
    return new ModelInput(
        name, datatype, shape, List.of(), Map.of(), graph.isOptional(name), orWider);
  }

  private static List<Long> shape(Optional<List<Long>> declared, Evidence evidence) {
    List<Long> shape = new ArrayList<>(declared.orElseGet(List::of));
    if (declared.isEmpty()) {
      long rank = evidence.rank() == 0 ? 2 : evidence.rank();
      for (long i = 0; i < rank; i++) {
        shape.add(Signature.FREE);
      }
    }
    for (int i = 1; i < shape.size(); i++) {
      long size = evidence.size(i, shape.size());
      if (shape.get(i) == Signature.FREE && size > 0 && size <= Integer.MAX_VALUE) {
        shape.set(i, size);
      }
    }
    return shape;
  }

  /** Whether a dimension beside the row has any size. */
  private static boolean isOpen(List<Long> shape) {
    return shape.lastIndexOf(Signature.FREE) > 0;
  }

  private ModelOutput output(String name, ValueType type) {
    List<String> classes = classes(name);
    long size = classes.isEmpty() ? Signature.FREE : classes.size();
    if (type instanceof ValueType.Sequence list) {
      if (list.element() instanceof ValueType.Mapping map) {
        return new ModelOutput(
            name,
            ModelOutput.Form.MAPS,
            element(name, type, map.value()),
            List.of(Signature.FREE, size),
            classes);
      }
      return new ModelOutput(
          name,
          ModelOutput.Form.SEQUENCE,
          element(name, type, list.element()),
          list.element() instanceof ValueType.Tensor tensor
              ? tensor.shape().orElse(List.of(Signature.FREE))
              : List.of(Signature.FREE),
          List.of());
    }
    if (type instanceof ValueType.Mapping map) {
      return new ModelOutput(
          name,
          ModelOutput.Form.MAP,
          element(name, type, map.value()),
          List.of(Signature.FREE, size),
          classes);
    }
    return tensor(name, type, classes);
  }

  private List<String> classes(String output) {
    List<String> classes = labels.ofOutput(output);
    classesListed += Math.min(classes.size(), MAX_CLASSES);
    return classesListed < MAX_CLASSES ? classes : List.of();
  }

  private ModelOutput tensor(String name, ValueType type, List<String> classes) {
    ValueType known = type;
    List<Long> shape = List.of(Signature.FREE);
    if (type instanceof ValueType.Unknown) {
      // ONNX Runtime finds out itself what the file does not say.
      known = new ValueType.Tensor(ElementType.FLOAT, Optional.empty());
    } else if (type instanceof ValueType.Tensor declared
        && SingleOutputs.contains(name, declared, constants)) {
      known = new ValueType.Tensor(ElementType.FLOAT, declared.shape());
    }
    if (known instanceof ValueType.Tensor tensor) {
      shape =
          tensor
              .shape()
              .orElse(classes.isEmpty() ? shape : List.of(Signature.FREE, Signature.FREE));
    }
    if (!classes.isEmpty() && shape.size() == 2 && shape.get(1) == Signature.FREE) {
      shape = List.of(shape.get(0), (long) classes.size());
    }
    if (hasFreeRows && shape.size() == 1 && labels.isLabel(name)) {
      // onnxmltools declares one for the models of LightGBM.
      shape = List.of(Signature.FREE);
    }
    boolean fit = shape.size() == 2 && shape.get(1) == classes.size();
    return new ModelOutput(
        name,
        ModelOutput.Form.TENSOR,
        element(name, type, known),
        shape,
        fit ? classes : List.of());
  }

  private static Datatype element(String name, ValueType whole, ValueType element) {
    if (element instanceof ValueType.Tensor tensor) {
      Optional<Datatype> datatype = ElementType.datatype(tensor.element());
      if (datatype.isPresent()) {
        return datatype.get();
      }
    }
    throw new IllegalArgumentException(
        "the output '"
            + name
            + "' is "
            + describe(whole)
            + ", which cannot be answered; leave it out or cast it to a tensor of float");
  }

  private static String describe(ValueType type) {
    if (type instanceof ValueType.Tensor tensor) {
      return "a tensor of " + ElementType.name(tensor.element());
    }
    if (type instanceof ValueType.Sequence list) {
      return "a list, each element " + describe(list.element());
    }
    if (type instanceof ValueType.Mapping map) {
      return "a map from " + ElementType.name(map.key());
    }
    return type instanceof ValueType.Other other ? other.description() : "a value of no type";
  }
}
