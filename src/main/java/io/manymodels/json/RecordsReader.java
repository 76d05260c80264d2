package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import io.manymodels.tensor.SomeNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code records}: an object for each row, with a cell under each name. For one document. */
final class RecordsReader {
  private final JsonParser json;
  private final CellReader cells;
  private final int maxRows;
  private final CellBuffer buffer = new CellBuffer();
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> positions = new HashMap<>();
  private int count;

  RecordsReader(JsonParser json, CellReader cells, int maxRows) {
    this.json = json;
    this.cells = cells;
    this.maxRows = maxRows;
  }

  Rows read(@Nullable JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid(
          "/records", "expected an array of objects, got " + JsonFaults.kind(value));
    }
    return readFrom(json.nextToken());
  }

  /** Reads what is in the array, whose first token behind the bracket this is. */
  Rows readFrom(@Nullable JsonToken first) throws IOException {
    for (JsonToken token = first; token != JsonToken.END_ARRAY; token = json.nextToken()) {
      if (token != JsonToken.START_OBJECT) {
        throw JsonFaults.invalid(
            "/records/" + count, "expected an object, got " + JsonFaults.kind(token));
      }
      if (count == maxRows) {
        throw JsonFaults.tooManyRows(maxRows);
      }
      if (count == 0) {
        first();
      } else {
        next();
      }
      count++;
    }
    if (count == 0) {
      throw JsonFaults.invalid("/records", "expected at least one row");
    }
    return new Rows(Form.RECORDS, count, List.of(buffer.block(names, names.size())), Outputs.FIRST);
  }

  /** The first row says which columns there are, and in which order the cells are kept. */
  private void first() throws IOException {
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      positions.put(name, names.size());
      names.add(name);
      cell(name, buffer);
    }
    if (names.isEmpty()) {
      throw JsonFaults.mismatch("/records/0", "it has no columns");
    }
  }

  private void next() throws IOException {
    // From the first cell on that is not where the first row has it.
    @Nullable CellBuffer[] moved = null;
    int read = 0;
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      Integer position = positions.get(name);
      if (position == null) {
        throw JsonFaults.mismatch(
            pointer(name), "the first row has no column of this name; it has " + shown());
      }
      if (moved == null && position != read) {
        moved = new CellBuffer[names.size()];
      }
      if (moved == null) {
        cell(name, buffer);
      } else {
        CellBuffer cell = new CellBuffer();
        cell(name, cell);
        moved[position] = cell;
      }
      read++;
    }
    requireAll(read);
    if (moved != null) {
      for (@Nullable CellBuffer cell : moved) {
        if (cell != null) {
          buffer.append(cell);
        }
      }
    }
  }

  /** As no key is there twice, as many keys as the first row has are all of them. */
  private void requireAll(int read) {
    if (read < names.size()) {
      throw JsonFaults.mismatch(
          "/records/" + count,
          "it has " + read + " columns; expected those of the first row, " + shown());
    }
  }

  private void cell(String name, CellBuffer target) throws IOException {
    cells.read(JsonFaults.required(json.nextToken()), target, () -> pointer(name));
  }

  private String pointer(String name) {
    return "/records/" + count + "/" + Rows.escaped(name);
  }

  private String shown() {
    return SomeNames.of(names);
  }
}
