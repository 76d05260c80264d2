package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.manymodels.json.RowsJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which cells go to which input, by the rules of docs/http-api.md. */
class BindingTest {
  private static final ModelInput PLAN = input("plan", Datatype.BYTES, -1, 1);
  private static final ModelInput SEATS = input("seats", Datatype.INT64, -1, 1);
  private static final ModelInput PAIR = input("pair", Datatype.FP64, -1, 2);
  private static final ModelInput NAMED = PAIR.withColumns(List.of("x", "y"));
  private static final ModelInput STEPS = input("steps", Datatype.FP64, -1, -1, 2);
  private static final ModelInput FLAT = input("flat", Datatype.FP64, -1);
  private static final ModelInput WIDE = input("wide", Datatype.FP64, -1, -1);

  private static ModelInput input(String name, Datatype type, long... shape) {
    return new ModelInput(name, type, Arrays.stream(shape).boxed().toList());
  }

  private static ModelInput optional(ModelInput input) {
    return new ModelInput(
        input.name(), input.datatype(), input.shape(), input.columns(), input.missing(), true);
  }

  private static Binding binding(ModelInput... inputs) {
    ModelOutput output = new ModelOutput("out", Datatype.FP32, List.of(Signature.FREE));
    return new Binding(new Signature(List.of(inputs), List.of(output)));
  }

  private static Rows rows(String members) {
    return RowsJson.read("{" + members.replace('\'', '"') + "}");
  }

  /** Each input with what its rows are: their dimensions, and then their values. */
  private static Map<String, String> bound(Binding binding, String members) {
    Rows rows = rows(members);
    List<@Nullable InputRows> inputs = binding.bind(rows);
    assertThat(inputs).hasSameSizeAs(binding.signature().inputs());
    Map<String, String> bound = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      InputRows input = inputs.get(i);
      String name = binding.signature().inputs().get(i).name();
      if (input != null) {
        assertThat(input.input().name()).isEqualTo(name);
        bound.put(
            name,
            IntStream.range(0, rows.count())
                .mapToObj(row -> Arrays.toString(input.shape(row)) + values(input, row))
                .collect(Collectors.joining(" ")));
      }
    }
    return bound;
  }

  private static String values(InputRows input, int row) {
    if (input.input().datatype() == Datatype.BYTES) {
      String[] texts = new String[input.count(row) + 1];
      assertThat(input.write(texts, 1, row)).isEqualTo(texts.length);
      return Arrays.asList(texts).subList(1, texts.length).toString();
    }
    ByteBuffer bytes = ByteBuffer.allocate(input.count(row) * Long.BYTES);
    input.write(bytes, row);
    assertThat(bytes.hasRemaining()).isFalse();
    bytes.flip();
    int count = input.count(row);
    return input.input().datatype() == Datatype.INT64
        ? IntStream.range(0, count).mapToObj(bytes.asLongBuffer()::get).toList().toString()
        : IntStream.range(0, count).mapToObj(bytes.asDoubleBuffer()::get).toList().toString();
  }

  private static void assertRefused(
      Binding binding, String members, ErrorCode code, String pointer, String detail) {
    ServingException e =
        catchThrowableOfType(ServingException.class, () -> bound(binding, members));
    assertThat(e).as(members).isNotNull();
    assertThat(e.violations()).containsExactly(new Violation(pointer, detail));
    assertThat(e.code()).isEqualTo(code);
    assertThat(e.getMessage()).startsWith("the model does not take these ").doesNotContain("\n");
  }

  private static void assertMismatch(
      Binding binding, String members, String pointer, String detail) {
    assertRefused(binding, members, ErrorCode.INPUT_MISMATCH, pointer, detail);
  }

  private static void assertOtherKind(
      Binding binding, String members, String pointer, String detail) {
    assertRefused(binding, members, ErrorCode.INVALID_INPUT, pointer, detail);
  }

  @Test
  void oneMatrixTakesRowsOfItsWidth() {
    assertThat(bound(binding(PAIR), "'data': [[1, 2], [3, null]]"))
        .isEqualTo(Map.of("pair", "[2][1.0, 2.0] [2][3.0, NaN]"));
    assertThat(bound(binding(NAMED), "'data': [[true, 2]]"))
        .isEqualTo(Map.of("pair", "[2][1.0, 2.0]"));
  }

  @Test
  void byPositionEachInputTakesItsWidth() {
    assertThat(bound(binding(PLAN, PAIR, FLAT), "'data': [['pro', 1, 2, 3], ['', 4, 5, 6]]"))
        .isEqualTo(
            Map.of(
                "plan", "[1][pro] [1][]",
                "pair", "[2][1.0, 2.0] [2][4.0, 5.0]",
                "flat", "[][3.0] [][6.0]"));
  }

  @Test
  void aCellForEachInputMayBeAList() {
    assertThat(bound(binding(STEPS, PLAN), "'data': [[[[1, 2]], 'a'], [[[3, 4], [5, 6]], 'b']]"))
        .isEqualTo(
            Map.of(
                "steps", "[1, 2][1.0, 2.0] [2, 2][3.0, 4.0, 5.0, 6.0]",
                "plan", "[1][a] [1][b]"));
    assertThat(bound(binding(PAIR, FLAT), "'data': [[[1, 2], 3]]"))
        .isEqualTo(Map.of("pair", "[2][1.0, 2.0]", "flat", "[][3.0]"));
    assertThat(bound(binding(STEPS, PAIR), "'data': [[[[1, 2]], 3, 4]]"))
        .isEqualTo(Map.of("steps", "[1, 2][1.0, 2.0]", "pair", "[2][3.0, 4.0]"));
  }

  @Test
  void theOnlyInputOfMoreDimensionsTakesTheRowItself() {
    assertThat(bound(binding(STEPS), "'data': [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]"))
        .isEqualTo(Map.of("steps", "[2, 2][1.0, 2.0, 3.0, 4.0] [2, 2][5.0, 6.0, 7.0, 8.0]"));
    assertThat(bound(binding(STEPS), "'data': [[[1, 2], [3, 4]], [[5, 6]]]"))
        .isEqualTo(Map.of("steps", "[2, 2][1.0, 2.0, 3.0, 4.0] [1, 2][5.0, 6.0]"));
  }

  @Test
  void theOnlyInputOfOneDimensionTakesACellOrARowOfOne() {
    Map<String, String> expected = Map.of("flat", "[][7.0] [][9.0]");
    assertThat(bound(binding(FLAT), "'data': [7, 9]")).isEqualTo(expected);
    assertThat(bound(binding(FLAT), "'data': [[7], [9]]")).isEqualTo(expected);
    assertThat(bound(binding(FLAT), "'inputs': {'flat': [7, [9]]}")).isEqualTo(expected);
    assertThat(bound(binding(input("text", Datatype.BYTES, -1)), "'data': ['some text']"))
        .isEqualTo(Map.of("text", "[][some text]"));
    assertThat(bound(binding(input("scalar", Datatype.FP64)), "'data': [7]"))
        .isEqualTo(Map.of("scalar", "[][7.0]"));
  }

  @Test
  void aFreeWidthTakesRowsOfAnyLength() {
    assertThat(bound(binding(WIDE), "'data': [[1], [2, 3]]"))
        .isEqualTo(Map.of("wide", "[1][1.0] [2][2.0, 3.0]"));
    assertThat(bound(binding(WIDE), "'data': [[1, 2, 3]]"))
        .isEqualTo(Map.of("wide", "[3][1.0, 2.0, 3.0]"));
  }

  @Test
  void columnsGoWhereTheirNamesAreInAnyOrder() {
    Map<String, String> expected =
        Map.of("plan", "[1][pro]", "pair", "[2][1.0, 2.0]", "flat", "[][3.0]");
    Binding binding = binding(PLAN, NAMED, FLAT);
    for (String members :
        List.of(
            "'columns': ['plan', 'x', 'y', 'flat'], 'data': [['pro', 1, 2, 3]]",
            "'columns': ['y', 'flat', 'x', 'plan'], 'data': [[2, 3, 1, 'pro']]",
            "'records': [{'flat': 3, 'y': 2, 'plan': 'pro', 'x': 1}]",
            "'inputs': {'flat': [3], 'pair': [[1, 2]], 'plan': ['pro']}",
            "'inputs': {'plan': [['pro']], 'pair': [[1, 2]], 'flat': [[3]]}")) {
      assertThat(bound(binding, members)).as(members).isEqualTo(expected);
    }
  }

  @Test
  void aMatrixWithoutNamesAndATensorAreOneColumn() {
    String cells = "[[[5, 6]], [1, 2]]";
    Map<String, String> expected = Map.of("pair", "[2][1.0, 2.0]", "steps", "[1, 2][5.0, 6.0]");
    assertThat(bound(binding(PAIR, STEPS), "'columns': ['steps', 'pair'], 'data': [" + cells + "]"))
        .isEqualTo(expected);
    assertThat(bound(binding(PAIR, STEPS), "'records': [{'pair': [1, 2], 'steps': [[5, 6]]}]"))
        .isEqualTo(expected);
  }

  @Test
  void optionalInputsMayBeLeftOut() {
    Binding binding = binding(PAIR, optional(FLAT));
    Map<String, String> without = Map.of("pair", "[2][1.0, 2.0]");
    Map<String, String> with = Map.of("pair", "[2][1.0, 2.0]", "flat", "[][3.0]");
    assertThat(bound(binding, "'data': [[1, 2]]")).isEqualTo(without);
    assertThat(bound(binding, "'data': [[1, 2, 3]]")).isEqualTo(with);
    assertThat(bound(binding, "'records': [{'pair': [1, 2]}]")).isEqualTo(without);
    assertThat(bound(binding, "'records': [{'pair': [1, 2], 'flat': 3}]")).isEqualTo(with);
    assertThat(bound(binding, "'inputs': {'pair': [[1, 2]]}")).isEqualTo(without);
    assertThat(bound(binding, "'inputs': {'flat': [3], 'pair': [[1, 2]]}")).isEqualTo(with);
    assertThat(bound(binding(optional(PAIR)), "'data': [[1, 2]]")).isEqualTo(without);
    assertMismatch(
        binding(FLAT, optional(NAMED)),
        "'records': [{'flat': 1, 'x': 2}]",
        "/records/0",
        "missing: 'y'; the model takes the columns 'flat', 'x', 'y'");
  }

  @Test
  void aSubstituteStandsForAMissingValue() {
    Binding binding =
        binding(
            PLAN.withMissing(Map.of("plan", "none")),
            input("counts", Datatype.INT64, -1, 2)
                .withColumns(List.of("a", "b"))
                .withMissing(Map.of("b", "-1")));
    assertThat(bound(binding, "'data': [[null, 7, null]]"))
        .isEqualTo(Map.of("plan", "[1][none]", "counts", "[2][7, -1]"));
    assertThat(bound(binding, "'inputs': {'plan': [null], 'counts': [[7, null]]}"))
        .isEqualTo(Map.of("plan", "[1][none]", "counts", "[2][7, -1]"));
    assertMismatch(
        binding,
        "'records': [{'plan': 'x', 'a': null, 'b': 1}]",
        "/records/0/a",
        "expected a whole number of 64 bits, and null is none; send a value, or publish the model"
            + " with one that stands for it (--missing)");
    assertThat(
            bound(
                binding(PAIR.withMissing(Map.of("pair", "-5"))), "'data': [[null, 1], [2, null]]"))
        .isEqualTo(Map.of("pair", "[2][-5.0, 1.0] [2][2.0, -5.0]"));
  }

  @ParameterizedTest
  @CsvSource({
    "INT64, 1.5",
    "INT8, 128",
    "UINT8, -1",
    "BOOL, 2",
    "FP32, 1e39",
    "FP64, zero",
    "INT32, ''",
  })
  void aSubstituteMustFit(Datatype type, String text) {
    ModelInput input = input("a", type, -1, 1).withMissing(Map.of("a", text));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> binding(input))
        .withMessageStartingWith("missing: '" + text + "' stands for a missing value of 'a'");
  }

  @Test
  void aWrongWidthIsNamedWithBothNumbers() {
    assertMismatch(binding(PAIR), "'data': [[1, 2, 3]]", "/data/0", "expected 2 numbers, got 3");
    assertMismatch(binding(PAIR), "'data': [[]]", "/data/0", "expected 2 numbers, got 0");
    assertMismatch(binding(PAIR), "'data': [[1, 2], [1]]", "/data/1", "expected 2 numbers, got 1");
    assertMismatch(binding(FLAT), "'data': [[1, 2]]", "/data/0", "expected 1 number, got 2");
    assertMismatch(binding(PLAN), "'data': [['a', 'b']]", "/data/0", "expected 1 string, got 2");
    assertMismatch(binding(WIDE), "'data': [[]]", "/data/0", "expected at least one number, got 0");
    assertMismatch(
        binding(WIDE), "'data': [[1], []]", "/data/1", "expected at least one number, got 0");
    assertMismatch(
        binding(PLAN, PAIR),
        "'data': [['a', 1, 2, 3]]",
        "/data/0",
        "expected 3 cells, for the inputs 'plan', 'pair', got 4");
    assertMismatch(
        binding(PLAN, PAIR),
        "'data': [['a', 1, 2], ['b', 3]]",
        "/data/1",
        "expected 3 cells, for the inputs 'plan', 'pair', got 2");
    assertMismatch(
        binding(PLAN, WIDE),
        "'data': [['a', 1, 2]]",
        "/data/0",
        "by position it is not clear which cells go to which input, as 'wide' takes any number;"
            + " send columns or inputs");
  }

  @Test
  void aFixedDimensionHasItsLengthInEveryRow() {
    ModelInput cube = input("cube", Datatype.FP64, -1, 2, -1);
    String detail = "expected nested arrays of the sizes [2, any], got nested arrays of the sizes ";
    assertMismatch(binding(cube), "'data': [[[1], [2], [3]]]", "/data/0", detail + "[3, 1]");
    assertMismatch(binding(cube), "'data': [[[1], [2]], [[3]]]", "/data/1", detail + "[1, 1]");
    assertMismatch(
        binding(cube),
        "'inputs': {'cube': [[[1], [2]], [[], []]]}",
        "/inputs/cube/1",
        detail + "[2, 0]");
    assertMismatch(
        binding(cube),
        "'data': [[[1], [2, 3]]]",
        "/data/0",
        "the lists in it are not of one length");
  }

  @Test
  void whatIsNestedOtherwiseIsOfAnotherKind() {
    assertOtherKind(
        binding(PAIR), "'data': [[[1], 2]]", "/data/0/0", "expected a number, got an array");
    assertOtherKind(
        binding(PAIR), "'data': [7]", "/data/0", "expected an array of 2 numbers, got a number");
    assertOtherKind(
        binding(PAIR), "'data': [null]", "/data/0", "expected an array of 2 numbers, got null");
    assertOtherKind(
        binding(STEPS),
        "'data': [[1, 2]]",
        "/data/0",
        "expected nested arrays of the sizes [any, 2], got an array of 2");
    assertOtherKind(
        binding(PLAN, FLAT),
        "'data': ['a']",
        "/data/0",
        "expected 2 cells, for the inputs 'plan', 'flat', got one");
    assertOtherKind(
        binding(NAMED, FLAT),
        "'records': [{'x': 1, 'y': [2], 'flat': 3}]",
        "/records/0/y",
        "expected a number, got an array");
    assertOtherKind(
        binding(FLAT),
        "'inputs': {'flat': [[1, 2]]}",
        "/inputs/flat/0",
        "expected a number, got an array of 2");
  }

  @Test
  void aValueOfAnotherKindIsNamedWithItsPlace() {
    assertOtherKind(
        binding(PAIR),
        "'data': [[1, 2], [3, 'x']]",
        "/data/1/1",
        "expected a number, got a string");
    assertOtherKind(binding(PLAN), "'data': [[7]]", "/data/0/0", "expected a string, got 7");
    assertOtherKind(
        binding(PLAN), "'data': [[true]]", "/data/0/0", "expected a string, got a boolean");
    assertOtherKind(
        binding(STEPS),
        "'data': [[[1, 2], [3, 'x']]]",
        "/data/0/1/1",
        "expected a number, got a string");
    assertOtherKind(
        binding(STEPS),
        "'inputs': {'steps': [[[1, 2]], [[3, 4], ['5', 6]]]}",
        "/inputs/steps/1/1/0",
        "expected a number, got a string");
    assertMismatch(
        binding(input("a/b", Datatype.INT64, -1, 1)),
        "'records': [{'a/b': 3.5}]",
        "/records/0/a~1b",
        "expected a whole number of 64 bits, got 3.5");
    assertMismatch(
        binding(PLAN),
        "'data': [['a'], [null]]",
        "/data/1/0",
        "expected a string, and null is none; send a value, or publish the model with one that"
            + " stands for it (--missing)");
  }

  @ParameterizedTest
  @CsvSource({
    "INT64, 9223372036854775808, 9223372036854775808",
    "INT64, -9223372036854775809, -9223372036854775809",
    "INT64, 9007199254740993.5, 9.007199254740994E15",
    "UINT64, -9007199254740993, -9007199254740993",
    "UINT64, 18446744073709551616, 18446744073709551616",
    "UINT64, 18446744073709551617, 18446744073709551617",
    "INT32, 9007199254740993, 9007199254740993",
    "UINT32, -1, -1",
    "BOOL, 2, 2",
    "BOOL, 0.5, 0.5",
  })
  void aNumberThatDoesNotFitIsShown(Datatype type, String written, String shown) {
    assertMismatch(
        binding(input("a", type, -1, 1)),
        "'data': [[" + written + "]]",
        "/data/0/0",
        "expected " + type.description() + ", got " + shown);
  }

  @Test
  void unknownMissingAndDoubledColumnsAreListed() {
    Binding binding = binding(PLAN, SEATS);
    String taken = "; the model takes the columns 'plan', 'seats'";
    assertMismatch(
        binding,
        "'columns': ['plan', 'Seats'], 'data': [['a', 1]]",
        "/columns",
        "unknown: 'Seats'; missing: 'seats'" + taken);
    assertMismatch(binding, "'records': [{'plan': 'a'}]", "/records/0", "missing: 'seats'" + taken);
    assertMismatch(
        binding,
        "'columns': ['plan', 'seats', 'plan'], 'data': [['a', 1, 'b']]",
        "/columns",
        "there twice: 'plan'" + taken);
    assertMismatch(
        binding,
        "'inputs': {'plan': ['a'], 'x\\n': [1]}",
        "/inputs",
        "unknown: 'x?'; missing: 'seats'; the model takes the inputs 'plan', 'seats'");
    assertMismatch(
        binding(PAIR),
        "'columns': ['x', 'y'], 'data': [[1, 2]]",
        "/columns",
        "unknown: 'x', 'y'; missing: 'pair'; the model takes the columns 'pair'; to give the"
            + " columns of its matrix names, publish it with --columns");
  }

  @Test
  void atMostTwentyNamesOfEachAreListed() {
    String names =
        IntStream.range(0, 100_000).mapToObj(i -> "'c" + i + "'").collect(Collectors.joining(","));
    String cells = "0,".repeat(99_999) + "0";
    ServingException e =
        catchThrowableOfType(
            ServingException.class,
            () -> bound(binding(PLAN), "'columns': [" + names + "], 'data': [[" + cells + "]]"));
    assertThat(e).isNotNull().hasMessageContaining("'c19' and 99980 more; missing: 'plan'");
    assertThat(e.getMessage()).hasSizeLessThan(500);
  }

  @Test
  void rowsOfNumbersBecomeAMatrix() {
    Binding binding = new Binding(Signature.ofMatrix(2));
    Matrix matrix = Matrix.of(binding, rows("'data': [[1, null], [true, 9007199254740993]]"));
    assertThat(matrix.count()).isEqualTo(2);
    assertThat(matrix.width()).isEqualTo(2);
    assertThat(matrix.values()).containsExactly(1, Double.NaN, 1, 9007199254740992.0);
    Binding any = new Binding(Signature.ofMatrix((int) Signature.FREE));
    assertThat(Matrix.of(any, rows("'data': [[1, 2, 3]]")).values()).containsExactly(1, 2, 3);
    ServingException e =
        catchThrowableOfType(
            ServingException.class, () -> Matrix.of(any, rows("'data': [[1, 2], [3]]")));
    assertThat(e).isNotNull();
    assertThat(e.code()).isEqualTo(ErrorCode.INPUT_MISMATCH);
    assertThat(e.violations()).extracting(Violation::pointer).containsExactly("/data/1");
  }

  /** As MLServer's pandas codec sends a DataFrame: each column is an input, [n] or [n, 1]. */
  @Test
  void inputsMayBeColumnsOfATable() {
    Binding binding = binding(PLAN, NAMED);
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("plan", "[1][pro] [1][basic]");
    expected.put("pair", "[2][1.0, 2.0] [2][3.0, 4.0]");
    assertThat(bound(binding, "'inputs': {'y': [[2], [4]], 'plan': ['pro', 'basic'], 'x': [1, 3]}"))
        .isEqualTo(expected);
    ServingException missing =
        catchThrowableOfType(
            ServingException.class,
            () -> binding.bind(rows("'inputs': {'y': [2], 'plan': ['pro']}")));
    assertThat(missing).hasMessageContaining("missing: 'x'");
    assertThat(missing.violations()).extracting(Violation::pointer).containsExactly("/inputs");
  }

  private static Rows typed(Rows.Form form, String name, Datatype declared, double... values) {
    return new Rows(
        form,
        values.length,
        List.of(
            new Block(List.of(name), 1, new Cells.Doubles(values), CellShapes.SCALARS, declared)),
        Outputs.ALL);
  }

  @Test
  void anInputTakesItsDatatypeOnly() {
    Binding binding = binding(FLAT);
    assertThat(binding.bind(typed(Rows.Form.INPUTS, "flat", Datatype.FP64, 7))).hasSize(1);
    ServingException other =
        catchThrowableOfType(
            ServingException.class,
            () -> binding.bind(typed(Rows.Form.INPUTS, "flat", Datatype.FP32, 7)));
    assertThat(other.code()).isEqualTo(ErrorCode.INPUT_MISMATCH);
    assertThat(other).hasMessageContaining("'flat' takes the datatype FP64, got FP32");
  }

  @Test
  void theOnlyInputMayHaveAnyName() {
    Rows rows = typed(Rows.Form.ANY_INPUT, "input-0", Datatype.FP64, 7, 8);
    assertThat(binding(FLAT).bind(rows)).singleElement().isNotNull();
    ServingException two =
        catchThrowableOfType(ServingException.class, () -> binding(FLAT, PAIR).bind(rows));
    assertThat(two).hasMessageContaining("unknown: 'input-0'");
  }
}
