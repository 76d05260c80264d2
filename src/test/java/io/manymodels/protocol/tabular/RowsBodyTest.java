package io.manymodels.protocol.tabular;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowsBodyTest {
  private static final SortedMap<String, RowsForm> FORMS =
      new TreeMap<>(
          Map.of(
              "split", RowsForm.SPLIT,
              "records", RowsForm.RECORDS,
              "instances", RowsForm.INSTANCES,
              "inputs", RowsForm.TENSORS,
              "any", RowsForm.SPLIT_OR_TENSORS));

  private static RowsBody.Parsed parse(String body) {
    try {
      return RowsBody.parse(
          Json.mapper().createParser(body.replace('\'', '"')), FORMS, new RowsBody.Limits(5, 20));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServingException failure(String body) {
    try {
      throw new AssertionError("read as " + parse(body));
    } catch (ServingException e) {
      assertThat(e.getMessage())
          .isNotBlank()
          .hasSizeLessThan(400)
          .doesNotContain("\n", "fasterxml");
      return e;
    }
  }

  /** The form, the columns, and the values of every block. */
  private static String told(Rows rows) {
    return rows.form()
        + " "
        + rows.count()
        + rows.blocks().stream()
            .map(block -> " " + block.names() + values(block))
            .collect(Collectors.joining());
  }

  private static String values(Block block) {
    Cells cells = block.cells();
    return IntStream.range(0, cells.size())
        .mapToObj(
            i ->
                switch (cells.kind(i)) {
                  case TEXT -> "'" + ((Cells.Mixed) cells).texts()[i] + "'";
                  case MISSING -> "null";
                  default -> String.valueOf(cells.number(i));
                })
        .toList()
        .toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'split':{'columns':['a','b'],'index':[0,1],'data':[[1,'x'],[2,'y']]}} | FRAME 2 [a, b][1.0, 'x', 2.0, 'y']
          {'split':{'data':[[1,NaN]],'index':['p'],'columns':['a','b']}} | FRAME 1 [a, b][1.0, null]
          {'split':{'data':[[1,null]]}} | DATA 1 [][1.0, null]
          {'split':{'columns':null,'data':[[1,2]],'x':[[]]}} | DATA 1 [][1.0, 2.0]
          {'split':{'columns':[0,1],'data':[[1,2]]}} | DATA 1 [][1.0, 2.0]
          {'split':{'columns':[1,0],'data':[[1,2]]}} | FRAME 1 [1, 0][1.0, 2.0]
          {'split':{'columns':['0'],'data':[[1]]}} | FRAME 1 [0][1.0]
          {'records':[{'a':1,'b':'2026-01-31'},{'b':'x','a':null}]} | FRAME_RECORDS 2 [a, b][1.0, '2026-01-31', null, 'x']
          {'instances':[[1,2],[3,4]]} | DATA 2 [][1.0, 2.0, 3.0, 4.0]
          {'instances':[[-Infinity]]} | DATA 1 [][-Infinity]
          {'instances':[1,2]} | DATA 2 [][1.0, 2.0]
          {'instances':['a','b']} | DATA 2 []['a', 'b']
          {'instances':[[1],[2,3]]} | RAGGED_DATA 2 [][1.0, 2.0, 3.0]
          {'instances':[{'a':1},{'a':2}]} | FRAME_RECORDS 2 [a][1.0, 2.0]
          {'instances':[{'a':[1,2]}]} | FRAME_RECORDS 1 [a][1.0, 2.0]
          {'inputs':[[1,2]]} | DATA 1 [][1.0, 2.0]
          {'inputs':{'a':[1,2],'b':[['x'],['y']]}} | INPUTS 2 [a][1.0, 2.0] [b]['x', 'y']
          {'any':{'columns':['a'],'data':[[1]]}} | FRAME 1 [a][1.0]
          {'any':{'index':[7],'data':[[1]]}} | DATA 1 [][1.0]
          {'any':{'a':[1],'data':[2]}} | INPUTS 1 [a][1.0] [data][2.0]
          {'any':[[1,2]]} | DATA 1 [][1.0, 2.0]
          {'any':null,'inputs':[[1]],'model_name':{'x':[1]},'params':null} | DATA 1 [][1.0]
          """)
  void everyFormIsRead(String body, String rows) {
    RowsBody.Parsed parsed = parse(body);
    assertThat(told(parsed.rows())).isEqualTo(rows);
    assertThat(parsed.rows().outputs()).isEqualTo(Outputs.FIRST);
  }

  @Test
  void paramsMayAskForOutputs() {
    assertThat(parse("{'params':{'outputs':'all','x':1},'inputs':[[1]]}").rows().outputs())
        .isEqualTo(Outputs.ALL);
    assertThat(parse("{'inputs':[[1]],'params':{'outputs':['a','b']}}").rows().outputs())
        .isEqualTo(new Outputs(false, List.of("a", "b")));
    assertThat(parse("{'inputs':[[1]],'params':{'outputs':null}}").rows().outputs())
        .isEqualTo(Outputs.FIRST);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [[1]] | expected an object with one of the keys any, inputs, instances, records, split
          {} | expected one of the keys any, inputs, instances, records, split; there is none
          {'data':[[1]],'x':1} | expected one of the keys any, inputs, instances, records, split; got 'data', 'x'
          {'inputs':null} | expected one of the keys any, inputs, instances, records, split; there is none
          {'inputs':[[1]],'instances':[[1]]} | rows come in one form, not as inputs and instances
          {'inputs':[[1]]} x | not valid JSON: Unrecognized token 'x': was expecting (JSON String, Number (or 'NaN'/'+INF'/'-INF'), Array, Object or token 'null', 'true' or 'false') (line 1, column 19)
          {'inputs':7} | /inputs: expected an object with a tensor under the name of each input, got a number
          {'inputs':{}} | /inputs: expected at least one input
          {'inputs':{'a/b':[1],'c':[1,2]}} | /inputs/c: it has 2 rows, but the input 'a/b' has 1
          {'inputs':[]} | /inputs: expected at least one row
          {'instances':{'a':[1]}} | /instances: expected an array of rows, got an object
          {'instances':[{'a':1},[2]]} | /instances/1: expected an object, got an array
          {'instances':[{'a':1},{'b':2}]} | /instances/1/b: the first row has no column of this name; it has 'a'
          {'instances':[[1],{'a':1}]} | /instances/1: expected an array of cells, got an object
          {'instances':[[1e999]]} | /instances/0/0: the number is too large
          {'split':[[1]]} | expected an object with columns and data, got an array
          {'split':{'columns':['a']}} | /split/data: the key data is missing
          {'split':{'columns':[],'data':[[1]]}} | /split/columns: expected at least one name
          {'split':{'columns':[['a','b']],'data':[[1]]}} | /split/columns/0: expected a string, got an array
          {'split':{'columns':['a','b'],'data':[[1]]}} | /split/data/0: expected 2 cells, one for each of the columns, got 1
          {'split':{'data':[[{'a':1}]]}} | /split/data/0/0: expected a number, a string, a boolean or null, got an object
          {'any':{'a':7}} | /any/a: expected an array with an entry for each row, got a number
          {'any':[[1],[2],[3],[4],[5],[6]]} | a request has at most 5 rows
          {'inputs':[[1]],'params':[]} | /params: expected an object, got an array
          {'inputs':[[1]],'params':{'outputs':[]}} | /params/outputs: expected at least one name, or "all"
          """)
  void whatIsWrongIsToldByItsPlaceInTheBody(String body, String message) {
    ServingException e = failure(body);
    assertThat(e).hasMessage(message);
    assertThat(e.code())
        .isIn(ErrorCode.INVALID_INPUT, ErrorCode.INPUT_MISMATCH, ErrorCode.PAYLOAD_TOO_LARGE);
    for (Violation violation : e.violations()) {
      assertThat(e.getMessage()).contains(violation.pointer());
    }
  }

  @Test
  void placesThatAModelNamesAreToldAsThoseOfTheBody() {
    ServingException fault =
        new ServingException(
            ErrorCode.INPUT_MISMATCH,
            "the model does not take these rows: /data/0/1: expected a number, got a string",
            List.of(new Violation("/data/0/1", "expected a number, got a string")));
    ServingException told = parse("{'split':{'data':[[1]]}}").place().told(fault);
    assertThat(told.code()).isEqualTo(ErrorCode.INPUT_MISMATCH);
    assertThat(told)
        .hasMessage(
            "the model does not take these rows: /split/data/0/1: expected a number, got a string");
    assertThat(told.violations())
        .containsExactly(new Violation("/split/data/0/1", "expected a number, got a string"));
    assertThat(parse("{'instances':[[1]]}").place().told(fault))
        .hasMessageContaining(": /instances/0/1: ");
    assertThat(RowsPlace.NONE.told(fault)).isSameAs(fault);
  }

  @Test
  void limitsHold() {
    assertThat(failure("{'inputs':[[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7]]}").code())
        .isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    assertThat(parse("{'inputs':[[1],[2],[3],[4],[5]]}").rows().form()).isEqualTo(Form.DATA);
  }
}
