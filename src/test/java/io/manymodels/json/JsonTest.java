package io.manymodels.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  enum Pool {
    DYNAMIC,
    DEDICATED
  }

  record Inner(int count) {
    Inner {
      if (count < 0) {
        throw new IllegalArgumentException("count: " + count + " is negative");
      }
    }
  }

  record Outer(
      int capacity,
      double halfLife,
      Double margin,
      String name,
      Boolean on,
      Pool pool,
      List<String> tenants,
      Map<String, Long> limits,
      List<Inner> parts,
      Inner part) {}

  record Named(String tenantName, int maxRows, String note) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Tolerant(int a) {}

  @Test
  void keysAreTheComponentsInSnakeCase() {
    Named named = Json.read("{\"tenant_name\": \"t\", \"max_rows\": 3}", Named.class);
    assertThat(named).isEqualTo(new Named("t", 3, null));
    assertThat(Json.write(named)).isEqualTo("{\"tenant_name\":\"t\",\"max_rows\":3}");
  }

  @Test
  void anUnknownKeyIsRefusedUnlessTheRecordToleratesIt() {
    assertThat(Json.read("{\"a\": 1, \"b\": 2}", Tolerant.class)).isEqualTo(new Tolerant(1));
    assertRefused(
        Named.class,
        "{'max_rows': 1, 'x': 1}",
        "unknown key 'x'; allowed: max_rows, note, tenant_name");
    assertRefused(
        Outer.class,
        with("'part': {'count': 1, 'y': 2}"),
        "key 'part': unknown key 'y'; allowed: count");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'capacity': 'abc'     | key 'capacity': expected a whole number, got "abc"
          'capacity': '1'       | key 'capacity': expected a whole number, got "1"
          'capacity': ''        | key 'capacity': expected a whole number, got ""
          'capacity': 1.0       | key 'capacity': expected a whole number, got 1.0
          'capacity': true      | key 'capacity': expected a whole number, got true
          'capacity': null      | key 'capacity': expected a whole number, got null
          'capacity': {}        | key 'capacity': expected a whole number, got an object
          'capacity': [1]       | key 'capacity': expected a whole number, got a list
          'capacity': 3000000000 | key 'capacity': out of range, got 3000000000
          'half_life': 'NaN'    | key 'half_life': expected a finite number, got "NaN"
          'half_life': 1e999    | key 'half_life': expected a finite number, got 1e999
          'half_life': null     | key 'half_life': expected a finite number, got null
          'margin': '1'         | key 'margin': expected a finite number, got "1"
          'name': 1             | key 'name': expected a text, got 1
          'name': true          | key 'name': expected a text, got true
          'name': {}            | key 'name': expected a text, got an object
          'on': 1               | key 'on': expected true or false, got 1
          'on': 'true'          | key 'on': expected true or false, got "true"
          'pool': 'dynamo'      | key 'pool': expected one of DYNAMIC, DEDICATED, got "dynamo"
          'pool': 0             | key 'pool': expected one of DYNAMIC, DEDICATED, got 0
          'tenants': 'a'        | key 'tenants': expected a list, got "a"
          'tenants': ['a', 2]   | key 'tenants[1]': expected a text, got 2
          'limits': {'b': 'x'}  | key 'limits.b': expected a whole number, got "x"
          'part': 7             | key 'part': expected an object, got 7
          'part': {}            | key 'part.count': missing, expected a whole number
          'part': {'count': -1} | key 'part': count: -1 is negative
          'parts': [{'count': 1}, {'count': -2}] | key 'parts[1]': count: -2 is negative
          """)
  void aWrongValueIsNamedByItsKey(String member, String message) {
    assertRefused(Outer.class, with(member), message);
  }

  @Test
  void aMissingPrimitiveIsNamed() {
    assertRefused(Inner.class, "{}", "key 'count': missing, expected a whole number");
    assertRefused(
        Outer.class, "{'capacity': 1}", "key 'half_life': missing, expected a finite number");
  }

  @Test
  void theConstructorsOwnMessageIsPassedThrough() {
    assertRefused(Inner.class, "{'count': -1}", "count: -1 is negative");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'count': 1, 'count': 2} | not valid JSON: Duplicate field 'count' (line 1, column 21)
          {'count': 1} x           | not valid JSON: Unrecognized token 'x'
          {'count': 1} {}          | not valid JSON: more than one document (line 1, column 14)
          {'count': 01}            | not valid JSON: Invalid numeric value
          {'count': NaN}           | not valid JSON: NaN and Infinity are no JSON numbers; send null
          {'count': 1              | not valid JSON: Unexpected end-of-input
          {count: 1}               | not valid JSON: Unexpected character ('c' (code 99))
          null                     | expected an object, got null
          []                       | expected an object, got a list
          3                        | expected an object, got 3
          """)
  void whatIsNotOneJsonDocumentIsRefused(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(text.replace('\'', '"'), Inner.class))
        .withMessageStartingWith(message)
        .withMessageNotContainingAny("\n", "io.manymodels", "com.fasterxml");
  }

  @Test
  void anEmptyTextAndDeepNestingAreRefused() {
    assertRefused(Inner.class, " ", "not valid JSON: empty");
    String deep = "{\"x\":" + "[".repeat(100) + "]".repeat(100) + "}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(deep, Map.class))
        .withMessageContaining("nesting depth");
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    byte[] latin1 = {'{', '"', (byte) 0xE9, '"', ':', '1', '}'};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(ByteBuffer.wrap(latin1), Map.class))
        .withMessage("not UTF-8");
    assertThat(Json.read(ByteBuffer.wrap("{\"count\":4}".getBytes(UTF_8)), Inner.class))
        .isEqualTo(new Inner(4));
  }

  @Property(tries = 2000)
  void anyTextIsReadOrRefusedInOneLine(@ForAll String text) {
    try {
      Json.read("{\"count\":" + text + "}", Inner.class);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n").hasSizeLessThan(400);
    }
  }

  private static String with(String member) {
    String capacity = member.contains("'capacity'") ? "" : "'capacity': 1, ";
    String halfLife = member.contains("'half_life'") ? "" : "'half_life': 2, ";
    return "{" + capacity + halfLife + member + "}";
  }

  private static void assertRefused(Class<?> type, String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(text.replace('\'', '"'), type))
        .withMessage(message);
  }
}
