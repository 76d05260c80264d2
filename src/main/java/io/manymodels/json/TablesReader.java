package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows as clients of Python servers send them: DataFrames, lists, and tensors by name. What
 * these servers take by the order of the columns although the columns have names is of the forms
 * {@link Form#FRAME} and {@link Form#FRAME_RECORDS}. For one document; not thread-safe.
 *
 * <p>Every method throws {@link io.manymodels.model.ServingException} with {@code INVALID_INPUT},
 * {@code PAYLOAD_TOO_LARGE} or {@code INPUT_MISMATCH}. Its pointers are those of {@code POST
 * /score}: to {@code /data}, {@code /columns}, {@code /records} or {@code /inputs}.
 */
public final class TablesReader {
  private final JsonParser json;
  private final CellReader cells;
  private final int maxRows;
  private final int maxValues;

  /**
   * @param json the document, whose members the caller walks over
   * @param maxRows that are taken
   * @param maxValues that are taken in all of the document, and names of columns
   */
  public TablesReader(JsonParser json, int maxRows, int maxValues) {
    this.json = json;
    this.cells = new CellReader(json, maxValues);
    this.maxRows = maxRows;
    this.maxValues = maxValues;
  }

  /**
   * Reads an object with the members {@code data}, and maybe {@code columns} and {@code index}, as
   * {@code DataFrame.to_dict("split")} gives. The index is passed over.
   *
   * @param value its first token
   */
  public Rows split(@Nullable JsonToken value) throws IOException {
    if (value != JsonToken.START_OBJECT) {
      throw JsonFaults.invalid(
          "", "expected an object with columns and data, got " + JsonFaults.kind(value));
    }
    return splitFrom(json.nextFieldName());
  }

  private Rows splitFrom(@Nullable String first) throws IOException {
    @Nullable Rows data = null;
    @Nullable List<String> columns = null;
    for (String key = first; key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (key.equals("data")) {
        data = new DataReader(json, cells, maxRows).read(value);
      } else if (key.equals("columns") && value != JsonToken.VALUE_NULL) {
        columns = NamesReader.labels(json, "/columns", value, maxValues);
      } else {
        json.skipChildren();
      }
    }
    if (data == null) {
      throw JsonFaults.invalid("/data", "the key data is missing");
    }
    return columns == null || columns.isEmpty()
        ? data
        : RowsReader.named(data, columns, Form.FRAME);
  }

  /**
   * Reads a list of objects, one a row, as {@code DataFrame.to_dict("records")} gives.
   *
   * @param value its first token
   */
  public Rows records(@Nullable JsonToken value) throws IOException {
    return asFrame(new RecordsReader(json, cells, maxRows).read(value));
  }

  private static Rows asFrame(Rows records) {
    return new Rows(Form.FRAME_RECORDS, records.count(), records.blocks(), records.outputs());
  }

  /**
   * Reads a list of rows, which are objects, lists of cells, or cells.
   *
   * @param value its first token
   */
  public Rows instances(@Nullable JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid("/data", "expected an array of rows, got " + JsonFaults.kind(value));
    }
    JsonToken first = json.nextToken();
    return first == JsonToken.START_OBJECT
        ? asFrame(new RecordsReader(json, cells, maxRows).readFrom(first))
        : listed(first);
  }

  /** A row that is but a cell is taken for a list of one, too, where the model takes that. */
  private Rows listed(@Nullable JsonToken first) throws IOException {
    Rows rows = new DataReader(json, cells, maxRows).readFrom(first);
    return rows.form() == Form.BARE_DATA
        ? new Rows(Form.DATA, rows.count(), rows.blocks(), Outputs.FIRST)
        : rows;
  }

  /**
   * Reads a tensor, whose first dimension is the row, or an object with a tensor for each input.
   *
   * @param value its first token
   */
  public Rows tensors(@Nullable JsonToken value) throws IOException {
    if (value == JsonToken.START_ARRAY) {
      return listed(json.nextToken());
    }
    return new InputsReader(json, cells, maxRows).read(value);
  }

  /**
   * Reads what Azure ML calls {@code input_data}: a {@link #split} object, a tensor, or an object
   * with a tensor for each input. An object is a split one if its first key is one of that.
   *
   * @param value its first token
   */
  public Rows anyOf(@Nullable JsonToken value) throws IOException {
    if (value != JsonToken.START_OBJECT) {
      return tensors(value);
    }
    @Nullable String first = json.nextFieldName();
    return isOfSplit(first)
        ? splitFrom(first)
        : new InputsReader(json, cells, maxRows).readFrom(first);
  }

  private static boolean isOfSplit(@Nullable String key) {
    return key != null && (key.equals("columns") || key.equals("index") || key.equals("data"));
  }

  /**
   * Reads which outputs the object {@code params} asks for, {@link Outputs#FIRST} when it says
   * nothing of them. Whatever else is in it is passed over.
   *
   * @param value its first token
   */
  public Outputs params(@Nullable JsonToken value) throws IOException {
    Outputs outputs = Outputs.FIRST;
    if (value == JsonToken.VALUE_NULL) {
      return outputs;
    }
    if (value != JsonToken.START_OBJECT) {
      throw JsonFaults.invalid("/params", "expected an object, got " + JsonFaults.kind(value));
    }
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken member = json.nextToken();
      if (key.equals("outputs") && member != JsonToken.VALUE_NULL) {
        outputs = NamesReader.outputs(json, "/params/outputs", member);
      } else {
        json.skipChildren();
      }
    }
    return outputs;
  }
}
