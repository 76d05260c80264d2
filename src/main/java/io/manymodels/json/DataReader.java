package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads {@code data}: rows by position. For one document. */
final class DataReader {
  private final JsonParser json;
  private final CellReader cells;
  private final int maxRows;
  private final CellBuffer buffer = new CellBuffer();
  private int count;
  private int width;
  private boolean bare;
  private int column;

  // Made once, not for each cell.
  private final Supplier<String> rowPointer = this::pointerOfRow;
  private final Supplier<String> cellPointer = this::pointerOfCell;

  /** Cells of each row so far, from the first row on that has not as many as the first of all. */
  private int @Nullable [] lengths;

  DataReader(JsonParser json, CellReader cells, int maxRows) {
    this.json = json;
    this.cells = cells;
    this.maxRows = maxRows;
  }

  Rows read(@Nullable JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid("/data", "expected an array of rows, got " + JsonFaults.kind(value));
    }
    return readFrom(json.nextToken());
  }

  /** Reads what is in the array, whose first token behind the bracket this is. */
  Rows readFrom(@Nullable JsonToken first) throws IOException {
    for (JsonToken token = first; token != JsonToken.END_ARRAY; token = json.nextToken()) {
      if (count == maxRows) {
        throw JsonFaults.tooManyRows(maxRows);
      }
      row(JsonFaults.required(token));
      count++;
    }
    if (count == 0) {
      throw JsonFaults.invalid("/data", "expected at least one row");
    }
    if (lengths != null) {
      return ragged(Arrays.copyOf(lengths, count));
    }
    return rows(bare ? Form.BARE_DATA : Form.DATA, bare ? 1 : width);
  }

  private Rows rows(Form form, int blockWidth) {
    return new Rows(form, count, List.of(buffer.block(List.of(), blockWidth)), Outputs.FIRST);
  }

  private void row(JsonToken token) throws IOException {
    boolean list = token == JsonToken.START_ARRAY;
    if (token == JsonToken.START_OBJECT || (count > 0 && list == bare)) {
      throw JsonFaults.invalid(
          "/data/" + count,
          (bare ? "expected a cell, as in the first row, got " : "expected an array of cells, got ")
              + JsonFaults.kind(token));
    }
    bare = !list;
    if (bare) {
      cells.read(token, buffer, rowPointer);
      return;
    }
    column = 0;
    for (JsonToken cell = json.nextToken(); cell != JsonToken.END_ARRAY; cell = json.nextToken()) {
      cells.read(JsonFaults.required(cell), buffer, cellPointer);
      column++;
    }
    if (count == 0) {
      width = column;
    } else if (lengths == null && column != width) {
      lengths = new int[Math.max(16, count * 2)];
      Arrays.fill(lengths, 0, count, width);
    }
    if (lengths != null) {
      lengths = count < lengths.length ? lengths : Arrays.copyOf(lengths, count * 2);
      lengths[count] = column;
    }
  }

  /** Rows of different lengths are lists, for a model that takes lists of any length. */
  private Rows ragged(int[] rowLengths) {
    int cell = 0;
    for (int row = 0; row < count; row++) {
      if (!buffer.alike(cell, rowLengths[row])) {
        throw JsonFaults.mismatch(
            "/data/" + row,
            "its cells are not alike, and the rows have not all " + width + " cells");
      }
      cell += rowLengths[row];
    }
    buffer.group(rowLengths);
    return rows(Form.RAGGED_DATA, 1);
  }

  private String pointerOfRow() {
    return "/data/" + count;
  }

  private String pointerOfCell() {
    return "/data/" + count + "/" + column;
  }
}
