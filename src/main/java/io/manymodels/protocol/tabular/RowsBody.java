package io.manymodels.protocol.tabular;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.manymodels.json.Json;
import io.manymodels.json.JsonFaults;
import io.manymodels.json.TablesReader;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.SomeNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A body with rows in one of several members, read in one pass. {@code params} may ask for outputs;
 * other members are passed over, and so are those that are null. A bare NaN is a missing value, as
 * null is. Thread-confined.
 */
public final class RowsBody {
  private final JsonParser json;
  private final SortedMap<String, RowsForm> forms;
  private final TablesReader tables;
  private final List<String> unknown = new ArrayList<>(0);
  private RowsPlace place = RowsPlace.NONE;
  private @Nullable Rows rows;
  private Outputs outputs = Outputs.FIRST;

  private RowsBody(JsonParser json, SortedMap<String, RowsForm> forms, TablesReader tables) {
    this.json = json;
    this.forms = forms;
    this.tables = tables;
  }

  /**
   * The rows of a client.
   *
   * @param place where they stand in the body
   */
  public record Parsed(Rows rows, RowsPlace place) {}

  /** How many rows, and values in them, are taken. */
  public record Limits(int rows, int values) {}

  /**
   * Reads a body.
   *
   * @param json the whole of it
   * @param forms the members that may hold the rows, exactly one of which must be there
   * @throws ServingException {@code INVALID_INPUT}, {@code PAYLOAD_TOO_LARGE} or {@code
   *     INPUT_MISMATCH}, with a pointer to the place in this body
   */
  public static Parsed parse(JsonParser json, SortedMap<String, RowsForm> forms, Limits limits) {
    json.enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());
    TablesReader tables = new TablesReader(json, limits.rows(), limits.values());
    RowsBody body = new RowsBody(json, forms, tables);
    try {
      return body.read();
    } catch (StreamConstraintsException e) {
      throw JsonFaults.invalid("", JsonFaults.TOO_DEEP);
    } catch (IOException e) {
      throw JsonFaults.invalid("", Json.complaint(e));
    } catch (ServingException e) {
      throw body.place.told(e);
    }
  }

  private Parsed read() throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw JsonFaults.invalid("", "expected an object with " + expected());
    }
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      @Nullable RowsForm form = forms.get(key);
      if (form != null && value != JsonToken.VALUE_NULL) {
        read(key, form, value);
      } else if (form == null && key.equals("params")) {
        outputs = tables.params(value);
      } else {
        if (form == null) {
          unknown.add(key);
        }
        json.skipChildren();
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
      throw JsonFaults.invalid("", "expected the end after the object");
    }
    if (rows == null) {
      String got = unknown.isEmpty() ? "; there is none" : "; got " + SomeNames.of(unknown);
      throw JsonFaults.invalid("", "expected " + expected() + got);
    }
    return new Parsed(rows.wanting(outputs), place);
  }

  private void read(String key, RowsForm form, @Nullable JsonToken value) throws IOException {
    if (rows != null) {
      throw JsonFaults.invalid(
          "", "rows come in one form, not as " + place.member().substring(1) + " and " + key);
    }
    boolean isSplit =
        form == RowsForm.SPLIT
            || (form == RowsForm.SPLIT_OR_TENSORS && value == JsonToken.START_OBJECT);
    place = new RowsPlace("/" + key, isSplit);
    rows =
        switch (form) {
          case SPLIT -> tables.split(value);
          case RECORDS -> tables.records(value);
          case INSTANCES -> tables.instances(value);
          case TENSORS -> tables.tensors(value);
          case SPLIT_OR_TENSORS -> tables.anyOf(value);
        };
  }

  private String expected() {
    return forms.size() == 1
        ? "the key " + forms.firstKey()
        : "one of the keys " + String.join(", ", forms.keySet());
  }
}
