package io.manymodels.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.OutputValue.ByClass;
import io.manymodels.tensor.OutputValue.Entries;
import io.manymodels.tensor.OutputValue.Sequence;
import io.manymodels.tensor.OutputValue.Tensor;
import java.io.IOException;
import java.util.Arrays;

/**
 * Outputs of models as JSON: tensors as nested arrays, maps as objects, sequences as arrays. A
 * number that is not finite, which JSON does not have, is null. Stateless.
 */
public final class OutputJson {
  private OutputJson() {}

  /**
   * Writes the first output as {@code prediction} has it: an entry a row, without arrays of one
   * entry around them, and booleans as 1 and 0.
   */
  public static void writePrediction(OutputValue value, JsonGenerator json) throws IOException {
    if (value instanceof Tensor tensor && tensor.cells() instanceof Cells.Truths truths) {
      writeRows(new Tensor(numbers(truths), tensor.shape()), json);
    } else {
      writeRows(value, json);
    }
  }

  /** Writes an output with an entry a row, without arrays of one entry around them. */
  public static void writeRows(OutputValue value, JsonGenerator json) throws IOException {
    if (!(value instanceof Tensor tensor)) {
      write(value, json);
      return;
    }
    int[] shape = tensor.shape();
    if (shape.length == 0) {
      shape = new int[] {1};
    } else if (shape.length == 2 && shape[1] == 1) {
      shape = new int[] {shape[0]};
    }
    write(tensor.cells(), shape, 0, 0, json);
  }

  private static Cells numbers(Cells.Truths truths) {
    long[] numbers = new long[truths.size()];
    Arrays.setAll(numbers, i -> truths.values()[i] ? 1 : 0);
    return new Cells.Longs(numbers);
  }

  /** Writes an output as it is. */
  public static void write(OutputValue value, JsonGenerator json) throws IOException {
    if (value instanceof Tensor tensor) {
      write(tensor.cells(), tensor.shape(), 0, 0, json);
    } else if (value instanceof ByClass byClass) {
      int classes = byClass.keys().size();
      json.writeStartArray();
      for (int i = 0; i < byClass.values().size(); i += Math.max(1, classes)) {
        writeEntries(byClass.keys(), byClass.values(), i, json);
      }
      json.writeEndArray();
    } else if (value instanceof Entries entries) {
      writeEntries(entries.keys(), entries.values(), 0, json);
    } else if (value instanceof Sequence sequence) {
      json.writeStartArray();
      for (OutputValue each : sequence.values()) {
        write(each, json);
      }
      json.writeEndArray();
    }
  }

  private static void writeEntries(Cells keys, Cells values, int from, JsonGenerator json)
      throws IOException {
    json.writeStartObject();
    for (int i = 0; i < keys.size(); i++) {
      json.writeFieldName(
          keys instanceof Cells.Texts texts
              ? texts.values()[i]
              : String.valueOf(((Cells.Longs) keys).values()[i]));
      writeCell(values, from + i, json);
    }
    json.writeEndObject();
  }

  /** Writes a part of a tensor; returns the index behind it. */
  private static int write(Cells cells, int[] shape, int dimension, int from, JsonGenerator json)
      throws IOException {
    if (dimension == shape.length) {
      writeCell(cells, from, json);
      return from + 1;
    }
    int next = from;
    json.writeStartArray();
    for (int i = 0; i < shape[dimension]; i++) {
      next = write(cells, shape, dimension + 1, next, json);
    }
    json.writeEndArray();
    return next;
  }

  private static void writeCell(Cells cells, int i, JsonGenerator json) throws IOException {
    if (cells instanceof Cells.Floats floats) {
      if (Float.isFinite(floats.values()[i])) {
        json.writeNumber(floats.values()[i]);
      } else {
        json.writeNull();
      }
    } else if (cells instanceof Cells.Longs longs) {
      json.writeNumber(longs.values()[i]);
    } else if (cells instanceof Cells.Texts texts) {
      json.writeString(texts.values()[i]);
    } else if (cells instanceof Cells.Truths truths) {
      json.writeBoolean(truths.values()[i]);
    } else if (cells instanceof Cells.Mixed mixed && mixed.kind(i) == Cells.Kind.UNSIGNED) {
      json.writeNumber(Long.toUnsignedString(mixed.bits()[i]));
    } else if (cells instanceof Cells.Mixed mixed && mixed.kind(i) == Cells.Kind.WHOLE) {
      json.writeNumber(mixed.bits()[i]);
    } else if (Double.isFinite(cells.number(i))) {
      json.writeNumber(cells.number(i));
    } else {
      json.writeNull();
    }
  }
}
