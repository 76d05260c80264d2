package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.DispatcherConfig;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Rows.Form;
import io.manymodels.testing.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScoreBodyTest {
  private static final DispatcherConfig LIMITS = DispatcherConfig.DEFAULT;

  private static ScoreBody.Parsed parse(String body) {
    return ScoreBody.parse(Body.of(body.replace('\'', '"')), LIMITS);
  }

  private static ServingException failure(String body) {
    try {
      throw new AssertionError("read as " + parse(body));
    } catch (ServingException e) {
      assertThat(e.getMessage())
          .isNotBlank()
          .hasSizeLessThan(400)
          .doesNotContain("\n", "com.fasterxml", "REDACTED");
      return e;
    }
  }

  private static void assertInvalid(String body, String message) {
    ServingException e = failure(body);
    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_INPUT);
    assertThat(e).hasMessage(message);
  }

  @Test
  void readsTenantAndRowsInAnyOrder() {
    for (String body :
        List.of(
            "{'tenant': 'tenant29', 'data': [[5.1, -3, 1e2], [0, 1.5E-3, 1e-9]]}",
            " {'data':[[5.1,-3,1e2],[0,1.5E-3,1e-9]],'tenant':'tenant29'} \n")) {
      ScoreBody.Parsed read = parse(body);
      assertThat(read.tenant().value()).isEqualTo("tenant29");
      assertThat(read.rows().count()).isEqualTo(2);
      assertThat(Values.width(read.rows())).isEqualTo(3);
      assertThat(Values.numbers(read.rows())).containsExactly(5.1, -3, 100, 0, 0.0015, 1e-9);
    }
  }

  @Test
  void allFormsOfRowsAreRead() {
    assertThat(
            Stream.of(
                    "'data':[[1]]",
                    "'data':[7]",
                    "'data':[[1],[2,3]]",
                    "'columns':['a'],'data':[[1]]",
                    "'records':[{'a':1}]",
                    "'inputs':{'a':[1]}")
                .map(rows -> parse("{'tenant':'a'," + rows + "}").rows().form()))
        .containsExactly(
            Form.DATA, Form.BARE_DATA, Form.RAGGED_DATA, Form.COLUMNS, Form.RECORDS, Form.INPUTS);
  }

  /** They were passed over once, and a request with columns in another order answered wrongly. */
  @Test
  void unknownKeysAreNamedAndThoseThatThereAre() {
    ServingException e =
        failure("{'x':{'tenant':[1,{'data':2}]},'tenant':'a','a/b\\n':null,'data':[[1]]}");
    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_INPUT);
    assertThat(e)
        .hasMessage(
            "unknown keys: 'x', 'a/b?';"
                + " known are tenant, data, columns, records, inputs, outputs");
    assertThat(e.violations())
        .containsExactly(
            new Violation("/x", "unknown key"), new Violation("/a~1b\n", "unknown key"));
  }

  @Test
  void notEveryUnknownKeyIsNamed() {
    String keys =
        IntStream.range(0, 1_000).mapToObj(i -> "'k" + i + "':1,").collect(Collectors.joining());
    ServingException e = failure("{" + keys + "'tenant':'a','data':[[1]]}");
    assertThat(e).hasMessageContaining("'k19' and 980 more");
    assertThat(e.violations()).hasSize(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []          | expected an object with the keys tenant and data
          null        | expected an object with the keys tenant and data
          7           | expected an object with the keys tenant and data
          'x'         | expected an object with the keys tenant and data
          {}          | /tenant: the key tenant is missing
          {'tenant':'a'} | /data: the key data is missing
          {'data':[[1]]} | /tenant: the key tenant is missing
          {'tenant':null,'data':[[1]]} | /tenant: expected a string, got null
          {'tenant':['a'],'data':[[1]]} | /tenant: expected a string, got an array
          {'tenant':true,'data':[[1]]} | /tenant: expected a string, got a boolean
          {'tenant':'','data':[[1]]} | /tenant: a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot
          {'tenant':'../x','data':[[1]]} | /tenant: a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot
          {'tenant':'a','data':null} | /data: expected an array of rows, got null
          {'tenant':'a','data':{}} | /data: expected an array of rows, got an object
          {'tenant':'a','data':'[[1]]'} | /data: expected an array of rows, got a string
          {'tenant':'a','data':[]} | /data: expected at least one row
          {'tenant':'a','data':[[1],{}]} | /data/1: expected an array of cells, got an object
          {'tenant':'a','data':[[1],null]} | /data/1: expected an array of cells, got null
          {'tenant':'a','data':[[1,{}]]} | /data/0/1: expected a number, a string, a boolean or null, got an object
          {'tenant':'a','data':[[1e999]]} | /data/0/0: the number is too large
          {'tenant':'a','data':[[1,-1e999]]} | /data/0/1: the number is too large
          """)
  void whatIsWrongIsNamedWithItsPlace(String body, String message) {
    assertInvalid(body, message);
    ServingException e = failure(body);
    if (message.startsWith("/")) {
      int end = message.indexOf(':');
      assertThat(e.violations())
          .containsExactly(new Violation(message.substring(0, end), message.substring(end + 2)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{'tenant'",
        "{'tenant':'a','data':[[1",
        "{'tenant':'a','data':[[1]]",
        "{'tenant':'a','data':[[1]]} x",
        "{'tenant':'a','data':[[1]]}{}",
        "{'tenant':'a','data':[[1]]}]",
        "{'tenant':'a','data':[[NaN]]}",
        "{'tenant':'a','data':[[Infinity]]}",
        "{'tenant':'a','data':[[-Infinity]]}",
        "{'tenant':'a','data':[[01]]}",
        "{'tenant':'a','data':[[1.]]}",
        "{'tenant':'a','data':[[.5]]}",
        "{'tenant':'a','data':[[+1]]}",
        "{'tenant':'a','data':[[0x1]]}",
        "{'tenant':'a','data':[[1,]]}",
        "{tenant:'a','data':[[1]]}",
        "{'tenant':'a' /* comment */,'data':[[1]]}",
        "{'tenant':'a','tenant':'b','data':[[1]]}",
        "{'tenant':'a','data':[[1]],'data':[[2]]}",
        "{'tenant':'a','data':[[1]],'x':{'y':1,'y':2}}",
        "tenant=a",
      })
  void whatIsNotOneJsonDocumentIsInvalid(String body) {
    assertThat(failure(body).code()).isEqualTo(ErrorCode.INVALID_INPUT);
  }

  @Test
  void nestingAndNumbersAndKeysAreBounded() {
    String message = "the JSON is nested too deep, or a number or key in it is too long";
    assertInvalid("{'x':" + "[".repeat(100_000), message);
    assertInvalid("{'tenant':'a','data':[[" + "9".repeat(200) + "]]}", message);
    assertInvalid("{'tenant':'a','data':[[1." + "9".repeat(200) + "]]}", message);
    assertInvalid("{'" + "k".repeat(2_000) + "':1}", message);
  }

  @Test
  void rowsAndNumbersAreLimited() {
    DispatcherConfig small = new DispatcherConfig(1_000, 3, 5, 1, 1, 1, 1, 1);
    assertThat(
            ScoreBody.parse(
                Body.of(body(List.of(List.of(1.0), List.of(2.0), List.of(3.0)))), small))
        .isNotNull();
    for (List<List<Double>> rows :
        List.of(
            List.of(List.of(1.0), List.of(2.0), List.of(3.0), List.of(4.0)),
            List.of(List.of(1.0, 2.0, 3.0), List.of(4.0, 5.0, 6.0)))) {
      try {
        throw new AssertionError("read as " + ScoreBody.parse(Body.of(body(rows)), small));
      } catch (ServingException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(e.getMessage())
            .containsAnyOf("at most 3 rows", "at most 5 numbers and other values");
      }
    }
  }

  private static String body(List<List<Double>> rows) {
    return Json.write(new TreeMap<>(Map.of("tenant", "a", "data", rows)));
  }

  @Property(tries = 300)
  void numbersComeThroughExactly(
      @ForAll @IntRange(min = 1, max = 12) int rowCount,
      @ForAll @IntRange(min = 1, max = 12) int width,
      @ForAll @DoubleRange(min = -1e300, max = 1e300) double seed) {
    List<List<Double>> rows = new ArrayList<>();
    for (int row = 0; row < rowCount; row++) {
      double of = seed * (row + 1) / 13;
      rows.add(IntStream.range(0, width).mapToObj(column -> of / (column + 1)).toList());
    }
    ScoreBody.Parsed read = ScoreBody.parse(Body.of(body(rows)), LIMITS);
    assertThat(read.rows().count()).isEqualTo(rowCount);
    assertThat(Values.width(read.rows())).isEqualTo(width);
    double[] expected =
        rows.stream().flatMap(List::stream).mapToDouble(Double::doubleValue).toArray();
    Cells cells = read.rows().blocks().get(0).cells();
    assertThat(IntStream.range(0, cells.size()).mapToDouble(cells::number).toArray())
        .isEqualTo(expected);
  }

  @Property(tries = 1_000)
  void randomTextIsReadOrRefused(@ForAll String text) {
    readsOrRefuses(text);
    readsOrRefuses("{\"tenant\":\"a\",\"data\":" + text);
    readsOrRefuses("{\"tenant\":" + text + ",\"data\":[[1]]}");
    readsOrRefuses("{\"tenant\":\"a\",\"data\":[[" + text + "]]}");
    readsOrRefuses("{\"tenant\":\"a\",\"records\":[{" + text + "}]}");
    readsOrRefuses("{\"tenant\":\"a\",\"inputs\":{\"x\":[" + text + "]}}");
  }

  @Property(tries = 1_000)
  void randomJsonLikeTextIsReadOrRefused(@ForAll("jsonLike") String text) {
    readsOrRefuses(text);
    for (String key : List.of("data", "columns", "records", "inputs", "outputs")) {
      readsOrRefuses("{\"tenant\":\"a\",\"data\":[[1]],\"" + key + "\":" + text + "}");
      readsOrRefuses("{\"tenant\":\"a\",\"" + key + "\":" + text + "}");
    }
  }

  @Provide
  Arbitrary<String> jsonLike() {
    return Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"tenant\"",
            "\"data\"",
            "\"columns\"",
            "\"records\"",
            "\"inputs\"",
            "\"outputs\"",
            "\"all\"",
            "\"a\"",
            "1",
            "-2.5",
            "1e5",
            "1e999",
            "null",
            "true",
            "NaN",
            "\"",
            "\\",
            " ")
        .list()
        .ofMaxSize(25)
        .map(parts -> String.join("", parts));
  }

  /** Anything but a ServingException that a client may be told fails the test. */
  private static void readsOrRefuses(String text) {
    try {
      assertThat(ScoreBody.parse(Body.of(text), LIMITS).rows().count()).isPositive();
    } catch (ServingException e) {
      assertThat(e.code()).isIn(Set.of(ErrorCode.INVALID_INPUT, ErrorCode.INPUT_MISMATCH));
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
