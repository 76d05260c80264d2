package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A walk over an ONNX file that may replace parts of it: operators, constants and texts of the main
 * graph, of graphs nested in operators and of functions. Each method answers null for what stays as
 * it is. They throw {@link IllegalArgumentException} when the bytes are no ONNX file.
 */
abstract class FileRewrite {

  /** Of the whole file. */
  @Nullable ProtobufMessage file(ByteBuffer file) {
    return ProtobufMessage.changed(file, this::modelField);
  }

  @Nullable ProtobufMessage modelField(ProtobufFields field) {
    return switch (field.number()) {
      case OnnxProto.MODEL_GRAPH -> in(field, graph(field.message(), 0));
      case OnnxProto.MODEL_FUNCTION -> in(field, function(field.message()));
      default -> null;
    };
  }

  /** Of a graph: 0 is the depth of the main one. */
  @Nullable ProtobufMessage graph(ByteBuffer graph, int depth) {
    if (depth > OnnxProto.MAX_DEPTH) {
      throw new IllegalArgumentException("it is nested too deeply");
    }
    return ProtobufMessage.changed(graph, field -> graphField(field, depth));
  }

  @Nullable ProtobufMessage graphField(ProtobufFields field, int depth) {
    return switch (field.number()) {
      case OnnxProto.GRAPH_NODE -> operator(field, depth);
      case OnnxProto.GRAPH_INITIALIZER -> in(field, constant(field.message()));
      case OnnxProto.GRAPH_SPARSE_INITIALIZER -> in(field, sparse(field.message()));
      default -> null;
    };
  }

  private @Nullable ProtobufMessage function(ByteBuffer function) {
    return ProtobufMessage.changed(function, this::functionField);
  }

  /** What a function has no inputs and outputs of the model in, so its depth is 1. */
  @Nullable ProtobufMessage functionField(ProtobufFields field) {
    return switch (field.number()) {
      case OnnxProto.FUNCTION_NODE -> operator(field, 1);
      case OnnxProto.FUNCTION_DEFAULT -> in(field, attribute(field.message(), 1));
      default -> null;
    };
  }

  /** Of the field that holds an operator, which may become several. */
  @Nullable ProtobufMessage operator(ProtobufFields field, int depth) {
    return in(field, node(field.message(), depth));
  }

  /** Of an operator in a graph of this depth. */
  @Nullable ProtobufMessage node(ByteBuffer node, int depth) {
    return ProtobufMessage.changed(
        node,
        field ->
            field.number() == OnnxProto.NODE_ATTRIBUTE
                ? in(field, attribute(field.message(), depth))
                : null);
  }

  @Nullable ProtobufMessage attribute(ByteBuffer attribute, int depth) {
    return ProtobufMessage.changed(
        attribute,
        field ->
            switch (field.number()) {
              case OnnxProto.ATTRIBUTE_TENSOR, OnnxProto.ATTRIBUTE_TENSORS ->
                  in(field, constant(field.message()));
              case OnnxProto.ATTRIBUTE_GRAPH, OnnxProto.ATTRIBUTE_GRAPHS ->
                  in(field, graph(field.message(), depth + 1));
              case OnnxProto.ATTRIBUTE_SPARSE, OnnxProto.ATTRIBUTE_SPARSES ->
                  in(field, sparse(field.message()));
              case OnnxProto.ATTRIBUTE_TEXT, OnnxProto.ATTRIBUTE_TEXTS -> text(field);
              default -> null;
            });
  }

  private @Nullable ProtobufMessage sparse(ByteBuffer sparse) {
    return ProtobufMessage.changed(
        sparse,
        field ->
            field.number() == OnnxProto.SPARSE_VALUES || field.number() == OnnxProto.SPARSE_INDICES
                ? in(field, constant(field.message()))
                : null);
  }

  /** Of a constant. */
  @Nullable ProtobufMessage constant(ByteBuffer tensor) {
    return null;
  }

  /** Of a field that is a text which operators compare with others. */
  @Nullable ProtobufMessage text(ProtobufFields field) {
    return null;
  }

  /** An attribute that is one whole number. */
  static ProtobufMessage attribute(String name, long value) {
    return new ProtobufMessage()
        .text(OnnxProto.ATTRIBUTE_NAME, name)
        .number(OnnxProto.ATTRIBUTE_INT, value)
        .number(OnnxProto.ATTRIBUTE_TYPE, OnnxProto.ATTRIBUTE_TYPE_INT);
  }

  /** The field with another content. */
  static @Nullable ProtobufMessage in(ProtobufFields field, @Nullable ProtobufMessage content) {
    return content == null ? null : new ProtobufMessage().message(field.number(), content);
  }
}
