package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonParser;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
import io.manymodels.testing.Values;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowsReaderTest {
  private static final int MAX_ROWS = 4;
  private static final int MAX_VALUES = 12;

  /** Reads the members of an object; single quotes stand for double ones. */
  private static Rows read(String members) {
    return read(members, 1_000, 100_000);
  }

  private static Rows read(String members, int maxRows, int maxValues) {
    String document = "{" + members.replace('\'', '"') + "}";
    try (JsonParser json = Json.mapper().createParser(document)) {
      json.nextToken();
      RowsReader reader = new RowsReader(json, maxRows, maxValues);
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        assertThat(reader.read(key, json.nextToken())).as(key).isTrue();
      }
      return reader.rows();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<?> cells(Rows rows) {
    return Values.cells(rows, rows.blocks().get(0));
  }

  private static void assertRefused(ErrorCode code, String members, String pointer, String detail) {
    ServingException e =
        catchThrowableOfType(ServingException.class, () -> read(members, MAX_ROWS, MAX_VALUES));
    assertThat(e).as(members).isNotNull();
    assertThat(e.code()).isEqualTo(code);
    assertThat(e.violations()).containsExactly(new Violation(pointer, detail));
    assertThat(e.getMessage()).endsWith(detail).hasSizeLessThan(700).doesNotContain("\n");
  }

  @Test
  void numbersAloneAreDoubles() {
    Rows rows = read("'data': [[1, 2.5], [-3e2, 0]]");
    assertThat(rows.form()).isEqualTo(Form.DATA);
    assertThat(rows.count()).isEqualTo(2);
    assertThat(rows.outputs()).isEqualTo(Outputs.FIRST);
    Block block = rows.blocks().get(0);
    assertThat(block.names()).isEmpty();
    assertThat(block.width()).isEqualTo(2);
    assertThat(block.shapes()).isSameAs(CellShapes.SCALARS);
    assertThat(((Cells.Doubles) block.cells()).values()).containsExactly(1, 2.5, -300, 0);
  }

  @Test
  void cellsOfAllKindsKeepTheirPlace() {
    String row = "[1, 'a', null, true, false, 9007199254740993, '', 2.5]";
    Rows rows = read("'data': [" + row + "," + row + "," + row + "]");
    List<?> expected = Arrays.asList(1.0, "a", null, true, false, 9007199254740993L, "", 2.5);
    assertThat(rows.blocks().get(0).width()).isEqualTo(8);
    for (int i = 0; i < 3; i++) {
      assertThat(cells(rows).subList(i * 8, i * 8 + 8)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "9007199254740991, 9007199254740991",
    "9007199254740992, 9007199254740992",
    "9007199254740993, 9007199254740993",
    "-9007199254740993, -9007199254740993",
    "9223372036854775807, 9223372036854775807",
    "-9223372036854775808, -9223372036854775808",
    "9223372036854775808, 9223372036854775808",
    "18446744073709551615, 18446744073709551615",
    "1e18, 1000000000000000000",
    "1.0E18, 1000000000000000000",
    "9007199254740993.0, 9007199254740993",
    "900719925474099300e-2, 9007199254740993",
  })
  void wholeNumbersOf64BitsAreExactHoweverTheyAreWritten(String written, String exact) {
    Object read = cells(read("'data': [[" + written + "]]")).get(0);
    BigInteger number =
        read instanceof BigInteger big ? big : BigInteger.valueOf(((Number) read).longValue());
    assertThat(number).isEqualTo(new BigInteger(exact));
    assertThat(read instanceof Double).isEqualTo(exact.equals("9007199254740991"));
  }

  @ParameterizedTest
  @CsvSource({
    "18446744073709551616, 1.8446744073709552E19",
    "-9223372036854775809, -9.223372036854775808E18",
    "9007199254740993.5, 9007199254740994",
    "1e300, 1e300",
    "-0.0, -0.0",
    "1e-400, 0",
    "0.1, 0.1",
  })
  void otherNumbersAreTheNearestDouble(String written, double nearest) {
    assertThat(cells(read("'data': [[" + written + "]]"))).isEqualTo(List.of(nearest));
  }

  @Test
  void aNumberInQuotesIsAText() {
    assertThat(cells(read("'data': [['3.0', 'NaN', 'null']]")))
        .isEqualTo(List.of("3.0", "NaN", "null"));
  }

  @Test
  void charactersOfFourBytesComeThrough() {
    assertThat(cells(read("'data': ['\\ud83d\\ude00', '\uD842\uDFB7', '\\u0000']")))
        .isEqualTo(List.of("\uD83D\uDE00", "\uD842\uDFB7", "\0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\ud800", "\\udc00", "a\\ud800b", "\\udc00\\ud800", "\\ud800\\ud800"})
  void halfACharacterIsRefused(String text) {
    String detail = "half of a character: \\ud800 to \\udfff come in pairs";
    assertRefused(ErrorCode.INVALID_INPUT, "'data': [[1, '" + text + "']]", "/data/0/1", detail);
  }

  @Test
  void columnsMayComeBeforeOrAfterData() {
    for (String members :
        List.of(
            "'columns': ['b', 'a'], 'data': [[1, 'x'], [2, 'y']]",
            "'data': [[1, 'x'], [2, 'y']], 'columns': ['b', 'a']")) {
      Rows rows = read(members);
      assertThat(rows.form()).isEqualTo(Form.COLUMNS);
      assertThat(rows.blocks().get(0).names()).containsExactly("b", "a");
      assertThat(cells(rows)).isEqualTo(List.of(1.0, "x", 2.0, "y"));
    }
  }

  @Test
  void recordsMayHaveTheirKeysInAnyOrder() {
    Rows rows =
        read(
            "'records': [{'a': 1, 'b': 'x', 'c': [1, 2]}, {'c': [3, 4], 'a': 2, 'b': null},"
                + " {'a': 3, 'c': [5, 6], 'b': true}, {'a': 4, 'b': 'y', 'c': [7, 8]}]");
    assertThat(rows.form()).isEqualTo(Form.RECORDS);
    assertThat(rows.blocks().get(0).names()).containsExactly("a", "b", "c");
    assertThat(cells(rows))
        .isEqualTo(
            Arrays.asList(
                1.0,
                "x",
                List.of(1.0, 2.0),
                2.0,
                null,
                List.of(3.0, 4.0),
                3.0,
                true,
                List.of(5.0, 6.0),
                4.0,
                "y",
                List.of(7.0, 8.0)));
  }

  @Test
  void everyOrderOfKeysIsTheSameRow() {
    List<String> members = List.of("'a': 1", "'b': 'x'", "'c': null", "'d': [[1], [2]]");
    Rows expected =
        read(
            "'records': [{"
                + String.join(",", members)
                + "}, {"
                + String.join(",", members)
                + "}]");
    for (int i = 0; i < 24; i++) {
      List<String> rest = new java.util.ArrayList<>(members);
      StringBuilder row = new StringBuilder();
      for (int left = 4, code = i; left > 0; code /= left, left--) {
        row.append(row.isEmpty() ? "" : ",").append(rest.remove(code % left));
      }
      Rows rows = read("'records': [{" + String.join(",", members) + "}, {" + row + "}]");
      assertThat(cells(rows)).as(row.toString()).isEqualTo(cells(expected));
      assertThat(rows.fingerprint()).isEqualTo(expected.fingerprint());
    }
  }

  @Test
  void inputsAreTensorsByName() {
    Rows rows =
        read("'inputs': {'id': [7, 9007199254740993], 'steps': [[[0.1, 0.2]], [[0.3, 0.4]]]}");
    assertThat(rows.form()).isEqualTo(Form.INPUTS);
    assertThat(rows.count()).isEqualTo(2);
    assertThat(rows.blocks().get(0).names()).containsExactly("id");
    assertThat(cells(rows)).isEqualTo(List.of(7.0, 9007199254740993L));
    assertThat(rows.blocks().get(1).names()).containsExactly("steps");
    assertThat(rows.blocks().get(1).shapes().dimensions(1)).containsExactly(1, 2);
    assertThat(((Cells.Doubles) rows.blocks().get(1).cells()).values())
        .containsExactly(0.1, 0.2, 0.3, 0.4);
  }

  @Test
  void cellsWithoutAListAreBare() {
    Rows rows = read("'data': [7, null, 'x']");
    assertThat(rows.form()).isEqualTo(Form.BARE_DATA);
    assertThat(rows.blocks().get(0).width()).isOne();
    assertThat(cells(rows)).isEqualTo(Arrays.asList(7.0, null, "x"));
  }

  @Test
  void nestedCellsHaveTheirOwnShapes() {
    Rows rows = read("'data': [[[1, 2], 3], [[4], 5]]");
    assertThat(rows.form()).isEqualTo(Form.DATA);
    assertThat(cells(rows)).isEqualTo(List.of(List.of(1.0, 2.0), 3.0, List.of(4.0), 5.0));
    assertThat(rows.blocks().get(0).shapes()).isInstanceOf(CellShapes.Each.class);
    Rows alike = read("'data': [[[[1], [2]]], [[[3], [4]]]]");
    assertThat(alike.blocks().get(0).shapes()).isInstanceOf(CellShapes.Uniform.class);
    assertThat(alike.blocks().get(0).shapes().dimensions(0)).containsExactly(2, 1);
  }

  @Test
  void rowsOfDifferentLengthsAreListsThemselves() {
    Rows rows = read("'data': [[1, 2], [], [3]]");
    assertThat(rows.form()).isEqualTo(Form.RAGGED_DATA);
    assertThat(rows.blocks().get(0).width()).isOne();
    assertThat(cells(rows)).isEqualTo(List.of(List.of(1.0, 2.0), List.of(), List.of(3.0)));
    Rows steps = read("'data': [[[1, 2]], [[3, 4], [5, 6]]]");
    assertThat(steps.form()).isEqualTo(Form.RAGGED_DATA);
    assertThat(steps.blocks().get(0).shapes().dimensions(1)).containsExactly(2, 2);
    String many =
        IntStream.range(0, 60)
            .mapToObj(i -> "[" + "1,".repeat(i) + "1]")
            .collect(Collectors.joining(","));
    Rows triangle = read("'data': [" + many + "]");
    assertThat(triangle.count()).isEqualTo(60);
    assertThat(triangle.blocks().get(0).shapes().dimensions(59)).containsExactly(60);
  }

  @Test
  void emptyRowsAreRowsOfNoCells() {
    Rows rows = read("'data': [[], []]");
    assertThat(rows.form()).isEqualTo(Form.DATA);
    assertThat(rows.count()).isEqualTo(2);
    assertThat(rows.blocks().get(0).width()).isZero();
  }

  @Test
  void outputsAreAllOrNamed() {
    assertThat(read("'outputs': 'all', 'data': [[1]]").outputs()).isEqualTo(Outputs.ALL);
    assertThat(read("'records': [{'a': 1}], 'outputs': ['p', 'q']").outputs())
        .isEqualTo(new Outputs(false, List.of("p", "q")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'outputs': 'all' | /data | the key data is missing
          'columns': ['a'] | /data | the key data is missing
          'data': 7 | /data | expected an array of rows, got a number
          'data': [{}] | /data/0 | expected an array of cells, got an object
          'data': [7, [8]] | /data/1 | expected a cell, as in the first row, got an array
          'data': [[7], 8] | /data/1 | expected an array of cells, got a number
          'data': [[7], [{}]] | /data/1/0 | expected a number, a string, a boolean or null, got an object
          'data': [[[7, {}]]] | /data/0/0 | expected a number, a string, a boolean or null, got an object
          'data': [[1e400]] | /data/0/0 | the number is too large
          'data': [[1]], 'columns': 'a' | /columns | expected an array of strings, got a string
          'data': [[1]], 'columns': [] | /columns | expected at least one name
          'data': [[1]], 'columns': ['a', 7] | /columns/1 | expected a string, got a number
          'data': [1], 'columns': ['a'] | /data/0 | expected an array with a cell for each of the columns
          'records': {} | /records | expected an array of objects, got an object
          'records': [] | /records | expected at least one row
          'records': [[1]] | /records/0 | expected an object, got an array
          'records': [{'a': 1}, null] | /records/1 | expected an object, got null
          'records': [{'a/b~': {}}] | /records/0/a~1b~0 | expected a number, a string, a boolean or null, got an object
          'inputs': [] | /inputs | expected an object with a tensor under the name of each input, got an array
          'inputs': {} | /inputs | expected at least one input
          'inputs': {'a': 7} | /inputs/a | expected an array with an entry for each row, got a number
          'inputs': {'a': []} | /inputs/a | expected at least one row
          'inputs': {'a': [1, {}]} | /inputs/a/1 | expected a number, a string, a boolean or null, got an object
          'data': [[1]], 'records': [{'a': 1}] | /records | rows come in one form, not as data too
          'inputs': {'a': [1]}, 'data': [[1]] | /inputs | rows come in one form, not as data too
          'records': [{'a': 1}], 'inputs': {'a': [1]} | /inputs | rows come in one form, not as records too
          'records': [{'a': 1}], 'columns': ['a'] | /columns | columns go with data; records and inputs have names
          'data': [[1]], 'outputs': [] | /outputs | expected at least one name, or "all"
          'data': [[1]], 'outputs': 'p' | /outputs | expected "all" or an array of names
          'data': [[1]], 'outputs': null | /outputs | expected "all" or an array of names
          'data': [[1]], 'outputs': ['p', null] | /outputs/1 | expected a string, got null
          """)
  void whatIsInvalidIsNamedWithItsPlace(String members, String pointer, String detail) {
    assertRefused(ErrorCode.INVALID_INPUT, members, pointer, detail);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'data': [[[[1, 2], [3]]]] | /data/0/0 | the lists in it are not of one length
          'data': [[[1, [2]]]] | /data/0/0 | the lists in it are not of one length
          'data': [[[[], [1]]]] | /data/0/0 | the lists in it are not of one length
          'data': [[[1], [2, 3]], [[4]]] | /data/0 | its cells are not alike, and the rows have not all 2 cells
          'data': [[1, 2]], 'columns': ['a'] | /data/0 | expected 1 cells, one for each of the columns, got 2
          'data': [[1], [1, 2]], 'columns': ['a'] | /data/1 | expected 1 cells, one for each of the columns, got 2
          'records': [{}] | /records/0 | it has no columns
          'records': [{'a': 1}, {'b': 1}] | /records/1/b | the first row has no column of this name; it has 'a'
          'records': [{'a': 1}, {'a': 2, 'b': 3}] | /records/1/b | the first row has no column of this name; it has 'a'
          'records': [{'a': 1, 'b': 2}, {'b': 3}] | /records/1 | it has 1 columns; expected those of the first row, 'a', 'b'
          'records': [{'a': 1}, {}] | /records/1 | it has 0 columns; expected those of the first row, 'a'
          'inputs': {'a': [1, 2], 'b': [1]} | /inputs/b | it has 1 rows, but the input 'a' has 2
          'inputs': {'a\\n': [1, 2], 'b': [1]} | /inputs/b | it has 1 rows, but the input 'a?' has 2
          """)
  void rowsThatDoNotFitTogetherAreAMismatch(String members, String pointer, String detail) {
    assertRefused(ErrorCode.INPUT_MISMATCH, members, pointer, detail);
  }

  @Test
  void listsNestAtMost16Deep() {
    Rows rows = read("'data': [[" + "[".repeat(16) + "1" + "]".repeat(16) + "]]");
    assertThat(rows.blocks().get(0).shapes().dimensions(0)).hasSize(16);
    assertRefused(
        ErrorCode.INVALID_INPUT,
        "'data': [[" + "[".repeat(17) + "1" + "]".repeat(17) + "]]",
        "/data/0/0",
        "lists are nested too deep; at most 16 are taken");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'data': [[1], [1], [1], [1], [1]]",
        "'data': [1, 1, 1, 1, 1]",
        "'records': [{'a': 1}, {'a': 1}, {'a': 1}, {'a': 1}, {'a': 1}]",
        "'inputs': {'a': [1, 2, 3, 4, 5]}"
      })
  void rowsAreLimited(String members) {
    assertTooLarge(members, "a request has at most 4 rows");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'data': [[1,2,3,4,5,6,7], [1,2,3,4,5,6]]",
        "'data': [['','','','','','',''], [null,true,null,null,false,null]]",
        "'data': [[[[[1,2,3,4,5,6,7],[1,2,3,4,5,6,7]]]]]",
        "'data': [[[],[],[],[],[],[],[],[],[],[],[],[],[]]]",
        "'data': [[[[],[],[],[],[],[],[],[],[],[],[],[],[]]]]",
        "'inputs': {'a': [[1,2,3,4,5,6,7]], 'b': [[1,2,3,4,5,6]]}",
        "'records': [{'a':1,'b':1,'c':[1,2,3,4,5,6,7,8,9,10,11]}]"
      })
  void valuesAreLimited(String members) {
    assertTooLarge(members, "a request has at most 12 numbers and other values");
  }

  @Test
  void namesAreLimited() {
    String names = "'a'" + ",'a'".repeat(1_000);
    assertTooLarge(
        "'data': [[1]], 'columns': [" + names + "]", "columns: at most 12 names are taken");
    assertTooLarge(
        "'data': [[1]], 'outputs': [" + names + "]", "outputs: at most 1000 names are taken");
  }

  private static void assertTooLarge(String members, String message) {
    ServingException e =
        catchThrowableOfType(ServingException.class, () -> read(members, MAX_ROWS, MAX_VALUES));
    assertThat(e).isNotNull().hasMessage(message);
    assertThat(e.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
  }

  @Test
  void otherKeysAreLeftToTheCaller() throws IOException {
    try (JsonParser json = Json.mapper().createParser("{\"x\": 1}")) {
      json.nextToken();
      assertThat(new RowsReader(json, 1, 1).read(json.nextFieldName(), json.nextToken())).isFalse();
    }
  }
}
