package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import io.manymodels.tensor.SomeNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code inputs}: a tensor under the name of each input, row by row. For one document. */
final class InputsReader {
  private final JsonParser json;
  private final CellReader cells;
  private final int maxRows;
  private final List<Block> blocks = new ArrayList<>();
  private int count;

  InputsReader(JsonParser json, CellReader cells, int maxRows) {
    this.json = json;
    this.cells = cells;
    this.maxRows = maxRows;
  }

  Rows read(@Nullable JsonToken value) throws IOException {
    if (value != JsonToken.START_OBJECT) {
      throw JsonFaults.invalid(
          "/inputs",
          "expected an object with a tensor under the name of each input, got "
              + JsonFaults.kind(value));
    }
    return readFrom(json.nextFieldName());
  }

  /** Reads what is in the object, whose first key this is; null when it has none. */
  Rows readFrom(@Nullable String first) throws IOException {
    for (String name = first; name != null; name = json.nextFieldName()) {
      tensor(name);
    }
    if (blocks.isEmpty()) {
      throw JsonFaults.invalid("/inputs", "expected at least one input");
    }
    return new Rows(Form.INPUTS, count, blocks, Outputs.FIRST);
  }

  private void tensor(String name) throws IOException {
    String pointer = "/inputs/" + Rows.escaped(name);
    JsonToken start = json.nextToken();
    if (start != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid(
          pointer, "expected an array with an entry for each row, got " + JsonFaults.kind(start));
    }
    CellBuffer buffer = new CellBuffer();
    int[] rows = {0};
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      if (rows[0] == maxRows) {
        throw JsonFaults.tooManyRows(maxRows);
      }
      cells.read(JsonFaults.required(token), buffer, () -> pointer + "/" + rows[0]);
      rows[0]++;
    }
    if (rows[0] == 0) {
      throw JsonFaults.invalid(pointer, "expected at least one row");
    }
    if (!blocks.isEmpty() && rows[0] != count) {
      throw JsonFaults.mismatch(
          pointer,
          "it has "
              + rows[0]
              + " rows, but the input "
              + SomeNames.quoted(blocks.get(0).names().get(0))
              + " has "
              + count);
    }
    count = rows[0];
    blocks.add(buffer.block(List.of(name), 1));
  }
}
