package io.manymodels.tools.fleet;

import io.manymodels.protobuf.ProtobufMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds an ONNX file that takes rows of single-precision numbers named {@code x}. Field numbers
 * are those of onnx.proto; the operator sets are as old as those of the sample models. Not
 * thread-safe.
 */
final class OnnxFile {
  /** Numbers a row that every model takes. */
  static final int WIDTH = 4;

  private static final int IR_VERSION = 8;
  private static final int OPSET = 15;
  private static final int ML_OPSET = 3;
  private static final String ML = "ai.onnx.ml";

  private final ProtobufMessage graph = new ProtobufMessage();
  private final List<ProtobufMessage> values = new ArrayList<>();

  /** The types of tensors, as onnx.proto numbers them. */
  enum Type {
    FLOAT(1),
    INT64(7);

    private final int number;

    Type(int number) {
      this.number = number;
    }
  }

  /** An operator of ONNX itself. */
  OnnxFile operator(String name, List<String> inputs, String output, ProtobufMessage... settings) {
    return node(name, "", inputs, List.of(output), settings);
  }

  /** An operator of classical machine learning. */
  OnnxFile learned(String name, List<String> outputs, ProtobufMessage... settings) {
    return node(name, ML, List.of("x"), outputs, settings);
  }

  /** A constant list of whole numbers that nodes can name. */
  OnnxFile constant(String name, long... numbers) {
    values.add(new ProtobufMessage().message(5, tensor(numbers).text(8, name)));
    return this;
  }

  /** The next output: a number a row, or {@code columns} of them. */
  OnnxFile output(String name, Type type, int columns) {
    values.add(new ProtobufMessage().message(12, described(name, type, columns)));
    return this;
  }

  byte[] toBytes() {
    graph.text(2, "fleet");
    values.forEach(value -> graph.append(value));
    graph.message(11, described("x", Type.FLOAT, WIDTH));
    return new ProtobufMessage()
        .number(1, IR_VERSION)
        .text(2, "many-models-fleet")
        .message(7, graph)
        .message(8, new ProtobufMessage().text(1, "").number(2, OPSET))
        .message(8, new ProtobufMessage().text(1, ML).number(2, ML_OPSET))
        .toBytes();
  }

  static ProtobufMessage integers(String name, long... values) {
    return new ProtobufMessage().text(1, name).numbers(8, values).number(20, 7);
  }

  static ProtobufMessage floats(String name, float... values) {
    return new ProtobufMessage().text(1, name).floats(7, values).number(20, 6);
  }

  static ProtobufMessage text(String name, String value) {
    return new ProtobufMessage().text(1, name).text(4, value).number(20, 3);
  }

  static ProtobufMessage texts(String name, List<String> values) {
    ProtobufMessage setting = new ProtobufMessage().text(1, name);
    values.forEach(value -> setting.text(9, value));
    return setting.number(20, 8);
  }

  static ProtobufMessage integer(String name, long value) {
    return new ProtobufMessage().text(1, name).number(3, value).number(20, 2);
  }

  /** A setting that is a tensor of whole numbers. */
  static ProtobufMessage tensor(String name, long... numbers) {
    return new ProtobufMessage().text(1, name).message(5, tensor(numbers)).number(20, 4);
  }

  private static ProtobufMessage tensor(long... numbers) {
    return new ProtobufMessage()
        .numbers(1, numbers.length)
        .number(2, Type.INT64.number)
        .numbers(7, numbers);
  }

  private OnnxFile node(
      String name,
      String domain,
      List<String> inputs,
      List<String> outputs,
      ProtobufMessage... settings) {
    ProtobufMessage node = new ProtobufMessage();
    inputs.forEach(input -> node.text(1, input));
    outputs.forEach(output -> node.text(2, output));
    node.text(4, name);
    for (ProtobufMessage setting : settings) {
      node.message(5, setting);
    }
    graph.message(1, domain.isEmpty() ? node : node.text(7, domain));
    return this;
  }

  /** A tensor of n rows; of one dimension when there is one column. */
  private static ProtobufMessage described(String name, Type type, int columns) {
    ProtobufMessage shape = new ProtobufMessage().message(1, new ProtobufMessage().text(2, "n"));
    if (columns > 1) {
      shape.message(1, new ProtobufMessage().number(1, columns));
    }
    ProtobufMessage tensor = new ProtobufMessage().number(1, type.number).message(2, shape);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }
}
