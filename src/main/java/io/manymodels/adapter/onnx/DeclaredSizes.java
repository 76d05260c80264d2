package io.manymodels.adapter.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.adapter.onnx.graph.OnnxProto;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The check that a small file does not declare huge tensors: sparse ones that ONNX Runtime makes
 * dense, and constants filled, repeated or drawn in a constant shape. ONNX Runtime allocates them
 * whatever their size, and has no limit that could be set from Java.
 *
 * <p>It finds what is written as such. A model can still compute a huge tensor from small ones.
 */
final class DeclaredSizes {
  private static final double MAX_ELEMENTS = 1 << 26;

  /** The input that holds the shape, or the repetitions, of an operator's output. */
  private static final Map<String, Integer> SHAPE_INPUT =
      Map.of("ConstantOfShape", 0, "Expand", 1, "Tile", 1);

  private static final long TYPE_INT64 = 7;

  /** Nothing has so many dimensions that a longer list could be a shape. */
  private static final int MAX_DIMENSIONS = 64;

  private static final int MAX_NAME_BYTES = 1 << 10;

  /** Elements of a tensor in the shape that a constant says, by the constant's name. */
  private final Map<String, Double> shapes = new HashMap<>();

  /** The shapes that these constants must not declare. */
  private final List<String> usedAsShape = new ArrayList<>();

  private DeclaredSizes() {}

  /** Throws {@code LOAD_FAILED} when a tensor is too large; does not move the position. */
  static void check(ModelRef ref, ByteBuffer file) {
    try {
      DeclaredSizes sizes = new DeclaredSizes();
      ProtobufFields.forEach(
          file.slice(),
          field -> {
            if (field.number() == OnnxProto.MODEL_GRAPH) {
              sizes.graph(field.message(), 0);
            } else if (field.number() == OnnxProto.MODEL_FUNCTION) {
              sizes.function(field.message());
            }
          });
      for (String constant : sizes.usedAsShape) {
        requireSmall(sizes.shapes.getOrDefault(constant, 0.0));
      }
    } catch (IllegalArgumentException e) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, ref + ": the model is not taken: " + e.getMessage(), e);
    }
  }

  private void graph(ByteBuffer graph, int depth) {
    if (depth > OnnxProto.MAX_DEPTH) {
      throw new IllegalArgumentException("it is nested too deeply");
    }
    ProtobufFields.forEach(
        graph,
        field -> {
          switch (field.number()) {
            case OnnxProto.GRAPH_NODE -> node(field.message(), depth);
            case OnnxProto.GRAPH_INITIALIZER -> constant(field.message(), null);
            case OnnxProto.GRAPH_SPARSE_INITIALIZER -> sparse(field.message());
            default -> {}
          }
        });
  }

  private void function(ByteBuffer function) {
    ProtobufFields.forEach(
        function,
        field -> {
          if (field.number() == OnnxProto.FUNCTION_NODE) {
            node(field.message(), 0);
          }
        });
  }

  private void node(ByteBuffer node, int depth) {
    List<String> inputs = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("", ""));
    List<ByteBuffer> attributes = new ArrayList<>();
    ProtobufFields.forEach(
        node,
        field -> {
          switch (field.number()) {
            case OnnxProto.NODE_INPUT -> inputs.add(text(field));
            case OnnxProto.NODE_OUTPUT -> names.set(0, text(field));
            case OnnxProto.NODE_OPERATOR -> names.set(1, text(field));
            case OnnxProto.NODE_ATTRIBUTE -> attributes.add(field.message());
            default -> {}
          }
        });
    // Decision trees are lists of millions of numbers, and no tensors.
    if (!names.get(1).startsWith("TreeEnsemble")) {
      attributes.forEach(attribute -> attribute(attribute, names.get(0), depth));
    }
    @Nullable Integer shape = SHAPE_INPUT.get(names.get(1));
    if (shape != null && shape < inputs.size()) {
      usedAsShape.add(inputs.get(shape));
    }
  }

  private void attribute(ByteBuffer attribute, String output, int depth) {
    List<Long> numbers = new ArrayList<>();
    List<String> name = new ArrayList<>();
    ProtobufFields.forEach(
        attribute,
        field -> {
          switch (field.number()) {
            case OnnxProto.ATTRIBUTE_NAME -> name.add(text(field));
            case OnnxProto.ATTRIBUTE_TENSOR -> constant(field.message(), output);
            case OnnxProto.ATTRIBUTE_GRAPH, OnnxProto.ATTRIBUTE_GRAPHS ->
                graph(field.message(), depth + 1);
            case OnnxProto.ATTRIBUTE_SPARSE, OnnxProto.ATTRIBUTE_SPARSES -> sparse(field.message());
            case OnnxProto.ATTRIBUTE_INTS -> add(numbers, field);
            default -> {}
          }
        });
    if (name.contains("shape")) {
      requireSmall(elements(numbers));
    } else if (name.contains("value_ints")) {
      shapes.merge(output, elements(numbers), Math::max);
    }
  }

  /** Remembers the constant when it can be a shape; {@code output} names it when it does not. */
  private void constant(ByteBuffer tensor, @Nullable String output) {
    List<Long> numbers = new ArrayList<>();
    List<String> name = new ArrayList<>();
    List<Long> type = new ArrayList<>();
    ProtobufFields.forEach(
        tensor,
        field -> {
          switch (field.number()) {
            case OnnxProto.TENSOR_NAME -> name.add(text(field));
            case OnnxProto.TENSOR_DATA_TYPE -> add(type, field);
            case OnnxProto.TENSOR_INT64_DATA -> add(numbers, field);
            case OnnxProto.TENSOR_RAW_DATA -> numbers.addAll(raw(field.message()));
            default -> {}
          }
        });
    if (type.contains(TYPE_INT64)) {
      String constant = output != null ? output : name.isEmpty() ? "" : name.get(0);
      shapes.merge(constant, elements(numbers), Math::max);
    }
  }

  private static void sparse(ByteBuffer tensor) {
    List<Long> dimensions = new ArrayList<>();
    ProtobufFields.forEach(
        tensor,
        field -> {
          if (field.number() == OnnxProto.SPARSE_DIMS) {
            add(dimensions, field);
          }
        });
    requireSmall(elements(dimensions));
  }

  private static List<Long> raw(ByteBuffer bytes) {
    List<Long> numbers = new ArrayList<>();
    if (bytes.remaining() <= MAX_DIMENSIONS * Long.BYTES) {
      ByteBuffer rest = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      while (rest.remaining() >= Long.BYTES) {
        numbers.add(rest.getLong());
      }
    }
    return numbers;
  }

  private static void add(List<Long> dimensions, ProtobufFields field) {
    if (dimensions.size() < MAX_DIMENSIONS
        && field.message().remaining() <= MAX_DIMENSIONS * Long.BYTES) {
      dimensions.addAll(field.numbers());
    }
  }

  private static double elements(List<Long> dimensions) {
    double product = 1;
    for (long dimension : dimensions) {
      product *= Math.abs((double) dimension);
    }
    return product;
  }

  private static void requireSmall(double elements) {
    if (elements > MAX_ELEMENTS) {
      throw new IllegalArgumentException(
          "it declares a tensor of %.0f elements, more than %.0f"
              .formatted(elements, MAX_ELEMENTS));
    }
  }

  private static String text(ProtobufFields field) {
    ByteBuffer name = field.message().duplicate();
    name.limit(Math.min(name.limit(), name.position() + MAX_NAME_BYTES));
    return UTF_8.decode(name).toString();
  }
}
