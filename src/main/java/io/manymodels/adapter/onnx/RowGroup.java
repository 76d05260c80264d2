package io.manymodels.adapter.onnx;

import io.manymodels.tensor.InputRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows that a model is asked for in one call: of one shape, and as many as it takes. Immutable.
 *
 * @param rows their numbers in the request; null when they are the first {@code size} ones
 * @param size how many they are, {@code >= 1}
 * @param batch how many the call has, {@code >= size}: the last row fills it up
 */
@SuppressWarnings("ArrayRecordComponent")
record RowGroup(int @Nullable [] rows, int size, int batch) {

  /** The row of the request that is this one of the call. */
  int row(int index) {
    int within = Math.min(index, size - 1);
    return rows == null ? within : rows[within];
  }

  /** Whether the call is the request: all rows, and nothing else. */
  boolean isWhole(int count) {
    return rows == null && size == count && batch == count;
  }

  /**
   * The calls that a request takes.
   *
   * @param count of the request's rows
   * @param fixedBatch rows that each call must have; 0 when any number
   */
  static List<RowGroup> of(List<@Nullable InputRows> inputs, int count, int fixedBatch) {
    boolean uniform = true;
    for (InputRows input : inputs) {
      uniform &= input == null || input.isUniform();
    }
    if (uniform && (fixedBatch == 0 || fixedBatch == count)) {
      return List.of(new RowGroup(null, count, count));
    }
    List<RowGroup> groups = new ArrayList<>();
    for (int[] alike : alike(inputs, count, uniform)) {
      int most = fixedBatch == 0 ? alike.length : fixedBatch;
      for (int from = 0; from < alike.length; from += most) {
        int[] rows = Arrays.copyOfRange(alike, from, Math.min(alike.length, from + most));
        groups.add(new RowGroup(rows, rows.length, most));
      }
    }
    return groups;
  }

  private static List<int[]> alike(List<@Nullable InputRows> inputs, int count, boolean uniform) {
    Map<List<Integer>, List<Integer>> byShape = new LinkedHashMap<>();
    for (int row = 0; row < count; row++) {
      byShape
          .computeIfAbsent(uniform ? List.of() : shapes(inputs, row), shape -> new ArrayList<>())
          .add(row);
    }
    return byShape.values().stream()
        .map(rows -> rows.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  private static List<Integer> shapes(List<@Nullable InputRows> inputs, int row) {
    List<Integer> shapes = new ArrayList<>();
    for (InputRows input : inputs) {
      if (input != null) {
        for (int dimension : input.shape(row)) {
          shapes.add(dimension);
        }
      }
    }
    return shapes;
  }
}
