package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows in any of their forms from the members of an object, in any order and in one pass:
 * {@code data}, {@code columns} with {@code data}, {@code records}, {@code inputs}; and {@code
 * outputs}. Not thread-safe.
 */
public final class RowsReader {
  /** What {@link #read} takes, for people. */
  public static final String KEYS = "data, columns, records, inputs, outputs";

  private final CellReader cells;
  private final JsonParser json;
  private final int maxRows;
  private final int maxValues;
  private @Nullable Rows data;
  private @Nullable Rows records;
  private @Nullable Rows inputs;
  private @Nullable List<String> columns;
  private Outputs outputs = Outputs.FIRST;

  /**
   * @param json the document, whose members the caller walks over
   * @param maxRows that are taken
   * @param maxValues that are taken, and names of columns
   */
  public RowsReader(JsonParser json, int maxRows, int maxValues) {
    this.json = json;
    this.maxRows = maxRows;
    this.maxValues = maxValues;
    this.cells = new CellReader(json, maxValues);
  }

  /**
   * Reads one member; false, with nothing read, when its key is none of ours.
   *
   * @param value its first token
   * @throws io.manymodels.model.ServingException {@code INVALID_INPUT}, {@code PAYLOAD_TOO_LARGE}
   *     or {@code INPUT_MISMATCH}, with a pointer to the place
   */
  public boolean read(String key, @Nullable JsonToken value) throws IOException {
    switch (key) {
      case "data" -> data = new DataReader(json, cells, maxRows).read(value);
      case "columns" -> columns = NamesReader.names(json, "/columns", value, maxValues);
      case "records" -> records = new RecordsReader(json, cells, maxRows).read(value);
      case "inputs" -> inputs = new InputsReader(json, cells, maxRows).read(value);
      case "outputs" -> outputs = NamesReader.outputs(json, "/outputs", value);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The rows that were read. Throws as {@link #read}. */
  public Rows rows() {
    Rows found = only(data, "data", records, "records");
    found = only(found, data == null ? "records" : "data", inputs, "inputs");
    if (found == null) {
      throw JsonFaults.invalid("/data", "the key data is missing");
    }
    return (columns == null ? found : named(found, columns, Form.COLUMNS)).wanting(outputs);
  }

  private static @Nullable Rows only(
      @Nullable Rows rows, String form, @Nullable Rows other, String otherForm) {
    if (rows != null && other != null) {
      throw JsonFaults.invalid("/" + otherForm, "rows come in one form, not as " + form + " too");
    }
    return rows == null ? other : rows;
  }

  /** The same rows by position, with the names of their columns. */
  static Rows named(Rows rows, List<String> columns, Form form) {
    if (rows.form() == Form.RECORDS || rows.form() == Form.INPUTS) {
      throw JsonFaults.invalid("/columns", "columns go with data; records and inputs have names");
    }
    if (columns.isEmpty()) {
      throw JsonFaults.invalid("/columns", "expected at least one name");
    }
    Block block = rows.blocks().get(0);
    if (rows.form() == Form.RAGGED_DATA) {
      for (int row = 0; row < rows.count(); row++) {
        requireWidth(row, columns.size(), block.shapes().dimensions(row)[0]);
      }
    }
    if (rows.form() == Form.BARE_DATA) {
      throw JsonFaults.invalid("/data/0", "expected an array with a cell for each of the columns");
    }
    requireWidth(0, columns.size(), block.width());
    return new Rows(
        form,
        rows.count(),
        List.of(new Block(columns, block.width(), block.cells(), block.shapes())),
        rows.outputs());
  }

  private static void requireWidth(int row, int expected, int got) {
    if (expected != got) {
      throw JsonFaults.mismatch(
          "/data/" + row,
          "expected " + expected + " cells, one for each of the columns, got " + got);
    }
  }
}
