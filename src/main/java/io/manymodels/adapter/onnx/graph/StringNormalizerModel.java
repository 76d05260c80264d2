package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufMessage;

/** The smallest model that needs a locale. */
public final class StringNormalizerModel {
  private static final int IR_VERSION = 8;
  private static final int OPSET = 10;
  private static final String INPUT = "x";
  private static final String OUTPUT = "y";

  private StringNormalizerModel() {}

  /** Makes a list of texts small; {@link TextLocales#UNNAMED} leaves the locale out. */
  public static byte[] withLocale(String locale) {
    ProtobufMessage node =
        new ProtobufMessage()
            .text(OnnxProto.NODE_INPUT, INPUT)
            .text(OnnxProto.NODE_OUTPUT, OUTPUT)
            .text(OnnxProto.NODE_OPERATOR, "StringNormalizer")
            .message(OnnxProto.NODE_ATTRIBUTE, attribute("case_change_action", "LOWER"));
    if (!locale.equals(TextLocales.UNNAMED)) {
      node.message(OnnxProto.NODE_ATTRIBUTE, attribute(TextLocales.ATTRIBUTE, locale));
    }
    ProtobufMessage graph =
        new ProtobufMessage()
            .message(OnnxProto.GRAPH_NODE, node)
            .text(OnnxProto.GRAPH_NAME, "locale")
            .message(OnnxProto.GRAPH_INPUT, texts(INPUT))
            .message(OnnxProto.GRAPH_OUTPUT, texts(OUTPUT));
    return new ProtobufMessage()
        .number(OnnxProto.MODEL_IR_VERSION, IR_VERSION)
        .message(OnnxProto.MODEL_GRAPH, graph)
        .message(
            OnnxProto.MODEL_OPSET,
            new ProtobufMessage()
                .text(OnnxProto.OPSET_DOMAIN, "")
                .number(OnnxProto.OPSET_VERSION, OPSET))
        .toBytes();
  }

  /** An attribute that is one text. */
  static ProtobufMessage attribute(String name, String text) {
    return new ProtobufMessage()
        .text(OnnxProto.ATTRIBUTE_NAME, name)
        .text(OnnxProto.ATTRIBUTE_TEXT, text)
        .number(OnnxProto.ATTRIBUTE_TYPE, OnnxProto.ATTRIBUTE_TYPE_TEXT);
  }

  private static ProtobufMessage texts(String name) {
    ProtobufMessage shape =
        new ProtobufMessage()
            .message(OnnxProto.SHAPE_DIMENSION, new ProtobufMessage().text(2, "n"));
    ProtobufMessage tensor =
        new ProtobufMessage()
            .number(OnnxProto.TYPE_ELEMENT, ElementType.STRING)
            .message(OnnxProto.TYPE_SHAPE, shape);
    return new ProtobufMessage()
        .text(OnnxProto.VALUE_NAME, name)
        .message(
            OnnxProto.VALUE_TYPE, new ProtobufMessage().message(OnnxProto.TYPE_TENSOR, tensor));
  }
}
