package io.manymodels.tools.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.model.TenantId;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTraceTest {

  @ParameterizedTest
  @ValueSource(strings = {"5,b\n5,a\n70,b\n", "5,b\n5,a\n70,b", "5,b\r\n5,a\r\n70,b\r\n"})
  void readsTimesAndTenants(String text) throws Exception {
    Trace trace = read(text);
    assertThat(trace.name()).isEqualTo("f.csv");
    assertThat(IntStream.range(0, trace.size()).mapToLong(trace::millis))
        .containsExactly(5L, 5L, 70L);
    assertThat(IntStream.range(0, trace.size()).mapToObj(i -> trace.tenants().get(trace.tenant(i))))
        .containsExactly(new TenantId("b"), new TenantId("a"), new TenantId("b"));
    assertThat(trace.tenants()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                     | f.csv:1: the file is empty; expected millis,tenant
          1,a^2b                 | f.csv:2: '2b' has no comma; expected millis,tenant
          millis,tenant          | f.csv:1: time 'millis' is not a number; expected whole milliseconds
          ' 1,a'                 | f.csv:1: time ' 1' is not a number; expected whole milliseconds
          1.5,a                  | f.csv:1: time '1.5' is not a number; expected whole milliseconds
          ,a                     | f.csv:1: time '' is not a number; expected whole milliseconds
          -1,a                   | f.csv:1: time '-1' is negative
          9223372036855,a        | f.csv:1: time '9223372036855' is more than 9223372036854
          99999999999999999999,a | f.csv:1: time '99999999999999999999' is more than 9223372036854
          7,a^6,a                | f.csv:2: time 6 is before 7 of the line above; times never decrease
          1,a^^2,a               | f.csv:2: a blank line; expected millis,tenant
          1,a^^                  | f.csv:2: a blank line; expected millis,tenant
          ^                      | f.csv:1: a blank line; expected millis,tenant
          """)
  void aMalformedLineIsNamedWithTheReason(String text, String message) {
    assertMalformed(text.replace('^', '\n'), message);
  }

  @Test
  void aTenantHasToBeAValidName() {
    String rule = " is not valid: a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not";
    String end = " starting with a dot";
    assertMalformed("1,", "f.csv:1: tenant ''" + rule + end);
    assertMalformed("1,.a", "f.csv:1: tenant '.a'" + rule + end);
    assertMalformed("1,a,b", "f.csv:1: tenant 'a,b'" + rule + end);
    assertMalformed("1,\u00e9\t", "f.csv:1: tenant '\\u00e9\\u0009'" + rule + end);
    assertMalformed(
        "1," + "x".repeat(129), "f.csv:1: tenant '" + "x".repeat(40) + "...'" + rule + end);
  }

  @Test
  void aTextWithoutLineEndsDoesNotFillTheMemory() {
    Reader endless =
        new Reader() {
          @Override
          public int read(char[] into, int from, int length) {
            into[from] = 'x';
            return 1;
          }

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> CsvTrace.read("f.csv", endless))
        .isInstanceOf(MalformedTraceException.class)
        .hasMessage("f.csv:1: longer than 160 characters");
  }

  @Test
  void manyLinesKeepTheirOrder(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("long.csv");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50_000; i++) {
      text.append(i).append(",t").append(i % 37).append('\n');
    }
    Files.writeString(file, text);
    Trace trace = CsvTrace.read(file);
    assertThat(trace.name()).isEqualTo(file.toString());
    assertThat(trace.size()).isEqualTo(50_000);
    assertThat(trace.tenants()).hasSize(37);
    for (int i = 0; i < 50_000; i++) {
      assertThat(trace.millis(i)).isEqualTo(i);
      assertThat(trace.tenant(i)).isEqualTo(i % 37);
    }
  }

  @Property
  void anyTextIsATraceOrMalformed(@ForAll("texts") String text) throws Exception {
    try {
      assertThat(read(text).size()).isPositive();
    } catch (MalformedTraceException e) {
      assertThat(e.getMessage()).matches("f\\.csv:[1-9][0-9]*: [ -~]+");
    }
  }

  @Provide
  static Arbitrary<String> texts() {
    Arbitrary<String> likely =
        Arbitraries.of("0", "1", "9", "-", ",", ".", "a", "tenant1", "\n", "\r", "\r\n", "1,a\n")
            .list()
            .ofMaxSize(30)
            .map(parts -> String.join("", parts));
    return Arbitraries.oneOf(likely, Arbitraries.strings().ofMaxLength(300));
  }

  private static Trace read(String text) throws Exception {
    return CsvTrace.read("f.csv", new StringReader(text));
  }

  private static void assertMalformed(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(MalformedTraceException.class)
        .hasMessage(message);
  }
}
