package io.manymodels.adapter.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.manymodels.tensor.InputRows;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.SomeNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Free dimensions that several inputs of a model declare by one name, such as the length of a
 * sequence and of its mask. ONNX Runtime does not compare them, and may stretch one to the other.
 * Immutable.
 */
final class SharedDimensions {
  /** By name, the dimensions that must be equal; those of one name are at least two. */
  private final Map<String, List<Dimension>> shared = new LinkedHashMap<>();

  /**
   * A dimension of a row.
   *
   * @param input its number in the signature
   * @param index in the row's shape, which has no dimension for the rows
   */
  private record Dimension(int input, int index) {}

  SharedDimensions(Signature signature, OrtSession session) throws OrtException {
    Map<String, NodeInfo> declared = session.getInputInfo();
    for (int i = 0; i < signature.inputs().size(); i++) {
      NodeInfo node = declared.get(signature.inputs().get(i).name());
      if (node != null && node.getInfo() instanceof TensorInfo tensor) {
        add(i, tensor.getDimensionNames());
      }
    }
    shared.values().removeIf(dimensions -> dimensions.size() < 2);
  }

  private void add(int input, String[] names) {
    for (int i = 1; i < names.length; i++) {
      if (!names[i].isEmpty()) {
        shared
            .computeIfAbsent(names[i], name -> new ArrayList<>())
            .add(new Dimension(input, i - 1));
      }
    }
  }

  /** Throws {@code INPUT_MISMATCH} when a row has different sizes for one name. */
  void check(List<@Nullable InputRows> bound, int row) {
    // It is empty for most models, and then makes no lambda for the request.
    if (!shared.isEmpty()) {
      shared.forEach((name, dimensions) -> check(name, dimensions, bound, row));
    }
  }

  private static void check(
      String name, List<Dimension> dimensions, List<@Nullable InputRows> bound, int row) {
    int expected = -1;
    for (Dimension dimension : dimensions) {
      InputRows input = bound.get(dimension.input());
      if (input != null) {
        int size = input.shape(row)[dimension.index()];
        if (expected >= 0 && size != expected) {
          throw input.mismatch(
              row,
              "expected the size "
                  + expected
                  + ", which another dimension with the name "
                  + SomeNames.quoted(name)
                  + " has, got "
                  + size);
        }
        expected = size;
      }
    }
  }
}
