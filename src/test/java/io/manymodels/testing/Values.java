package io.manymodels.testing;

import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What rows and predictions hold, for comparison. */
public final class Values {
  private Values() {}

  /** The numbers of rows that are one matrix of nothing else. */
  public static double[] numbers(Rows rows) {
    return ((Cells.Doubles) rows.blocks().get(0).cells()).values();
  }

  /** The width of rows that are one matrix. */
  public static int width(Rows rows) {
    return rows.blocks().get(0).width();
  }

  /** The elements of the first output, a tensor: each a Long, Float, Double, Boolean or String. */
  public static List<Object> of(Prediction prediction) {
    return of(((OutputValue.Tensor) prediction.first()).cells());
  }

  /** The dimensions of the first output, a tensor. */
  public static int[] shape(Prediction prediction) {
    return ((OutputValue.Tensor) prediction.first()).shape();
  }

  /** The elements of a tensor as nested lists. */
  public static List<?> nested(OutputValue value) {
    OutputValue.Tensor tensor = (OutputValue.Tensor) value;
    List<?> values = of(tensor.cells());
    for (int i = tensor.shape().length - 1; i > 0; i--) {
      values = grouped(values, tensor.shape()[i]);
    }
    return values;
  }

  /** All that an output's value is made of; equal only for what is the same to the last bit. */
  public static List<?> parts(OutputValue value) {
    if (value instanceof OutputValue.Tensor tensor) {
      return List.of(dimensions(tensor.shape()), parts(tensor.cells()));
    }
    if (value instanceof OutputValue.ByClass maps) {
      return List.of("maps", parts(maps.keys()), parts(maps.values()));
    }
    if (value instanceof OutputValue.Entries map) {
      return List.of("map", parts(map.keys()), parts(map.values()));
    }
    return ((OutputValue.Sequence) value).values().stream().map(Values::parts).toList();
  }

  /** As {@link #parts(OutputValue)}. */
  public static List<?> parts(Rows rows) {
    List<Object> parts = new ArrayList<>(List.of(rows.form(), rows.count(), rows.outputs()));
    for (Block block : rows.blocks()) {
      parts.add(List.of(block.names(), block.width(), parts(block.cells())));
      for (int i = 0; i < rows.count() * block.width(); i++) {
        parts.add(dimensions(block.shapes().dimensions(i)));
      }
    }
    return parts;
  }

  private static List<Integer> dimensions(int[] dimensions) {
    return Arrays.stream(dimensions).boxed().toList();
  }

  private static List<?> parts(Cells cells) {
    return List.of(cells.getClass(), of(cells));
  }

  /** The cells of a block, row after row: each a value as {@link #of(Cells)} has it, or a list. */
  public static List<@Nullable Object> cells(Rows rows, Block block) {
    List<@Nullable Object> cells = new ArrayList<>();
    List<@Nullable Object> values = of(block.cells());
    for (int i = 0; i < rows.count() * block.width(); i++) {
      int[] shape = block.shapes().dimensions(i);
      int start = block.shapes().start(i);
      if (shape.length == 0) {
        cells.add(values.get(start));
      } else {
        List<?> list = values.subList(start, start + CellShapes.values(shape));
        for (int dimension = shape.length - 1; dimension > 0; dimension--) {
          list = grouped(list, shape[dimension]);
        }
        cells.add(list);
      }
    }
    return cells;
  }

  private static List<?> grouped(List<?> values, int size) {
    List<Object> groups = new ArrayList<>();
    for (int i = 0; i < values.size(); i += size) {
      groups.add(values.subList(i, i + size));
    }
    return groups;
  }

  /** Each value as a Long, BigInteger, Float, Double, Boolean, String or null. */
  public static List<@Nullable Object> of(Cells cells) {
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      values.add(value(cells, i));
    }
    return values;
  }

  private static @Nullable Object value(Cells cells, int i) {
    if (cells instanceof Cells.Longs longs) {
      return longs.values()[i];
    }
    if (cells instanceof Cells.Floats floats) {
      return floats.values()[i];
    }
    if (cells instanceof Cells.Texts texts) {
      return texts.values()[i];
    }
    if (cells instanceof Cells.Truths truths) {
      return truths.values()[i];
    }
    if (cells instanceof Cells.Mixed mixed) {
      return switch (mixed.kind(i)) {
        case MISSING -> null;
        case NUMBER -> mixed.number(i);
        case WHOLE -> mixed.bits()[i];
        case UNSIGNED -> new BigInteger(Long.toUnsignedString(mixed.bits()[i]));
        case TRUTH -> mixed.bits()[i] == 1;
        case TEXT -> mixed.texts()[i];
      };
    }
    return cells.number(i);
  }
}
