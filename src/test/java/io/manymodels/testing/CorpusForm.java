package io.manymodels.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.manymodels.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The forms in which rows of the corpus are sent. */
public enum CorpusForm {
  /** By position. */
  DATA {
    @Override
    void write(Corpus.Case model, List<Integer> rows, ObjectNode body) {
      ArrayNode data = body.putArray("data");
      for (int row : rows) {
        ArrayNode cells = array();
        model.binds().forEach(bind -> bind.columns().forEach(c -> cells.add(model.cell(row, c))));
        boolean only = model.binds().size() == 1 && model.rank(model.binds().get(0).input()) > 2;
        data.add(only ? cells.get(0) : cells);
      }
    }
  },
  /** By the inputs' names, each as one column; the last input first. */
  COLUMNS {
    @Override
    void write(Corpus.Case model, List<Integer> rows, ObjectNode body) {
      List<Corpus.Bind> binds = reversed(model.binds());
      ArrayNode columns = body.putArray("columns");
      binds.forEach(bind -> columns.add(bind.input()));
      ArrayNode data = body.putArray("data");
      for (int row : rows) {
        ArrayNode cells = data.addArray();
        binds.forEach(bind -> cells.add(entry(model, bind, row)));
      }
    }
  },
  /** By the inputs' names, in each row. */
  RECORDS {
    @Override
    void write(Corpus.Case model, List<Integer> rows, ObjectNode body) {
      ArrayNode records = body.putArray("records");
      for (int row : rows) {
        ObjectNode record = records.addObject();
        model.binds().forEach(bind -> record.set(bind.input(), entry(model, bind, row)));
      }
    }
  },
  /** By the inputs' names, each a tensor. */
  INPUTS {
    @Override
    void write(Corpus.Case model, List<Integer> rows, ObjectNode body) {
      ObjectNode inputs = body.putObject("inputs");
      for (Corpus.Bind bind : model.binds()) {
        ArrayNode tensor = inputs.putArray(bind.input());
        rows.forEach(row -> tensor.add(entry(model, bind, row)));
      }
    }
  };

  /** The body of a request for these rows of the case, and for all outputs. */
  public String body(String tenant, Corpus.Case model, List<Integer> rows) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("tenant", tenant).put("outputs", "all");
    write(model, rows, body);
    return body.toString();
  }

  abstract void write(Corpus.Case model, List<Integer> rows, ObjectNode body);

  /** What an input has for a row: its cell, or a list of its cells. */
  static JsonNode entry(Corpus.Case model, Corpus.Bind bind, int row) {
    if (bind.columns().size() == 1) {
      return model.cell(row, bind.columns().get(0));
    }
    ArrayNode cells = array();
    bind.columns().forEach(column -> cells.add(model.cell(row, column)));
    return cells;
  }

  private static ArrayNode array() {
    return Json.mapper().createArrayNode();
  }

  private static <T> List<T> reversed(List<T> values) {
    List<T> reversed = new ArrayList<>(values);
    Collections.reverse(reversed);
    return reversed;
  }
}
