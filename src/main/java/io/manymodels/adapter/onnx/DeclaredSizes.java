package io.manymodels.adapter.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.function.Consumer;
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

  /** Protobuf's own limit for what it nests. */
  private static final int MAX_DEPTH = 100;

  /** The input that holds the shape, or the repetitions, of an operator's output. */
  private static final Map<String, Integer> SHAPE_INPUT =
      Map.of("ConstantOfShape", 0, "Expand", 1, "Tile", 1);

  // Field numbers in onnx.proto.
  private static final int MODEL_GRAPH = 7;
  private static final int MODEL_FUNCTION = 25;
  private static final int FUNCTION_NODE = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_SPARSE_INITIALIZER = 15;
  private static final int NODE_INPUT = 1;
  private static final int NODE_OUTPUT = 2;
  private static final int NODE_OPERATOR = 4;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int ATTRIBUTE_NAME = 1;
  private static final int ATTRIBUTE_TENSOR = 5;
  private static final int ATTRIBUTE_GRAPH = 6;
  private static final int ATTRIBUTE_INTS = 8;
  private static final int ATTRIBUTE_GRAPHS = 11;
  private static final int ATTRIBUTE_SPARSE = 22;
  private static final int ATTRIBUTE_SPARSES = 23;
  private static final int TENSOR_INT64_DATA = 7;
  private static final int TENSOR_NAME = 8;
  private static final int TENSOR_RAW_DATA = 9;
  private static final int TENSOR_DATA_TYPE = 2;
  private static final long TYPE_INT64 = 7;
  private static final int SPARSE_DIMS = 3;

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
      forEach(
          file.slice(),
          field -> {
            if (field.number() == MODEL_GRAPH) {
              sizes.graph(field.message(), 0);
            } else if (field.number() == MODEL_FUNCTION) {
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
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("it is nested too deeply");
    }
    forEach(
        graph,
        field -> {
          switch (field.number()) {
            case GRAPH_NODE -> node(field.message(), depth);
            case GRAPH_INITIALIZER -> constant(field.message(), null);
            case GRAPH_SPARSE_INITIALIZER -> sparse(field.message());
            default -> {}
          }
        });
  }

  private void function(ByteBuffer function) {
    forEach(
        function,
        field -> {
          if (field.number() == FUNCTION_NODE) {
            node(field.message(), 0);
          }
        });
  }

  private void node(ByteBuffer node, int depth) {
    List<String> inputs = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("", ""));
    List<ByteBuffer> attributes = new ArrayList<>();
    forEach(
        node,
        field -> {
          switch (field.number()) {
            case NODE_INPUT -> inputs.add(text(field));
            case NODE_OUTPUT -> names.set(0, text(field));
            case NODE_OPERATOR -> names.set(1, text(field));
            case NODE_ATTRIBUTE -> attributes.add(field.message());
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
    forEach(
        attribute,
        field -> {
          switch (field.number()) {
            case ATTRIBUTE_NAME -> name.add(text(field));
            case ATTRIBUTE_TENSOR -> constant(field.message(), output);
            case ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS -> graph(field.message(), depth + 1);
            case ATTRIBUTE_SPARSE, ATTRIBUTE_SPARSES -> sparse(field.message());
            case ATTRIBUTE_INTS -> add(numbers, field);
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
    forEach(
        tensor,
        field -> {
          switch (field.number()) {
            case TENSOR_NAME -> name.add(text(field));
            case TENSOR_DATA_TYPE -> add(type, field);
            case TENSOR_INT64_DATA -> add(numbers, field);
            case TENSOR_RAW_DATA -> numbers.addAll(raw(field.message()));
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
    forEach(
        tensor,
        field -> {
          if (field.number() == SPARSE_DIMS) {
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

  private static void forEach(ByteBuffer message, Consumer<ProtobufFields> action) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      action.accept(fields);
    }
  }
}
