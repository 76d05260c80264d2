package io.manymodels.adapter.onnx.graph;

/** The field numbers of onnx.proto (IR version 14) that are read or written here. */
public final class OnnxProto {
  public static final int MODEL_IR_VERSION = 1;
  public static final int MODEL_GRAPH = 7;
  public static final int MODEL_OPSET = 8;
  public static final int MODEL_FUNCTION = 25;
  public static final int OPSET_DOMAIN = 1;
  public static final int OPSET_VERSION = 2;
  public static final int FUNCTION_NAME = 1;
  public static final int FUNCTION_INPUT = 4;
  public static final int FUNCTION_OUTPUT = 5;
  public static final int FUNCTION_NODE = 7;
  public static final int FUNCTION_OPSET = 9;
  public static final int FUNCTION_DOMAIN = 10;
  public static final int FUNCTION_DEFAULT = 11;
  public static final int GRAPH_NODE = 1;
  public static final int GRAPH_NAME = 2;
  public static final int GRAPH_INITIALIZER = 5;
  public static final int GRAPH_INPUT = 11;
  public static final int GRAPH_OUTPUT = 12;
  public static final int GRAPH_VALUE_INFO = 13;
  public static final int GRAPH_SPARSE_INITIALIZER = 15;
  public static final int VALUE_NAME = 1;
  public static final int VALUE_TYPE = 2;
  public static final int TYPE_TENSOR = 1;
  public static final int TYPE_SEQUENCE = 4;
  public static final int TYPE_MAP = 5;
  public static final int TYPE_OPAQUE = 7;
  public static final int TYPE_SPARSE = 8;
  public static final int TYPE_OPTIONAL = 9;
  public static final int TYPE_ELEMENT = 1;
  public static final int TYPE_SHAPE = 2;
  public static final int TYPE_MAP_VALUE = 2;
  public static final int SHAPE_DIMENSION = 1;
  public static final int DIMENSION_VALUE = 1;
  public static final int DIMENSION_NAME = 2;
  public static final int NODE_INPUT = 1;
  public static final int NODE_OUTPUT = 2;
  public static final int NODE_OPERATOR = 4;
  public static final int NODE_ATTRIBUTE = 5;
  public static final int NODE_DOMAIN = 7;
  public static final int ATTRIBUTE_NAME = 1;
  public static final int ATTRIBUTE_FLOAT = 2;
  public static final int ATTRIBUTE_INT = 3;
  public static final int ATTRIBUTE_TEXT = 4;
  public static final int ATTRIBUTE_TENSOR = 5;
  public static final int ATTRIBUTE_GRAPH = 6;
  public static final int ATTRIBUTE_FLOATS = 7;
  public static final int ATTRIBUTE_INTS = 8;
  public static final int ATTRIBUTE_TEXTS = 9;
  public static final int ATTRIBUTE_TENSORS = 10;
  public static final int ATTRIBUTE_GRAPHS = 11;
  public static final int ATTRIBUTE_TYPE = 20;
  public static final int ATTRIBUTE_TYPE_INT = 2;
  public static final int ATTRIBUTE_TYPE_TEXT = 3;
  public static final int ATTRIBUTE_TYPE_GRAPH = 5;
  public static final int ATTRIBUTE_SPARSE = 22;
  public static final int ATTRIBUTE_SPARSES = 23;
  public static final int TENSOR_DIMS = 1;
  public static final int TENSOR_DATA_TYPE = 2;
  public static final int TENSOR_FLOAT_DATA = 4;
  public static final int TENSOR_INT32_DATA = 5;
  public static final int TENSOR_STRING_DATA = 6;
  public static final int TENSOR_INT64_DATA = 7;
  public static final int TENSOR_NAME = 8;
  public static final int TENSOR_RAW_DATA = 9;
  public static final int TENSOR_DOUBLE_DATA = 10;
  public static final int TENSOR_UINT64_DATA = 11;
  public static final int TENSOR_EXTERNAL_DATA = 13;
  public static final int TENSOR_DATA_LOCATION = 14;
  public static final int SPARSE_VALUES = 1;
  public static final int SPARSE_INDICES = 2;
  public static final int SPARSE_DIMS = 3;
  public static final int ENTRY_KEY = 1;
  public static final int ENTRY_VALUE = 2;

  /** The domain of the operators of classical machine learning. */
  static final String ML = "ai.onnx.ml";

  /** Protobuf's own limit for what it nests. */
  public static final int MAX_DEPTH = 100;

  private OnnxProto() {}
}
