package io.manymodels.http;

import static io.manymodels.testing.Tenants.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolBodyTest {
  private static final String TENANT_RULE =
      "a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot";

  private static ServingException failure(String body) {
    try {
      throw new AssertionError("read as " + PoolBody.parse(body.replace('\'', '"')));
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_INPUT);
      return e;
    }
  }

  @Test
  void deploymentsAreAcceptedInBothSpellingsAndEchoedAsTheyWere() {
    PoolBody.Parsed read =
        PoolBody.parse(
            "{\"mapping\": {\"tenant19\":\"deployment9\", \"tenant02\":\"Deployment1\"}}");
    assertThat(read.mapping()).isEqualTo(mapping(2, "Deployment1", 19, "Deployment9"));
    assertThat(read.echo())
        .isEqualTo("{\"tenant19\":\"deployment9\",\"tenant02\":\"Deployment1\"}");
  }

  @Test
  void anEmptyMappingEndsTheDedicatedPool() {
    PoolBody.Parsed read = PoolBody.parse("{\"mapping\":{}}");
    assertThat(read.mapping()).isEmpty();
    assertThat(read.echo()).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                 | /mapping: expected an object of tenant to deployment
          []                 | /mapping: expected an object of tenant to deployment
          7                  | /mapping: expected an object of tenant to deployment
          {'mapping':null}   | /mapping: expected an object of tenant to deployment
          {'mapping':[]}     | /mapping: expected an object of tenant to deployment
          {'mapping':{'a':'b'}} x | not valid JSON: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') (line 1, column 24)
          {'mapping':{'a':'b','a':'c'}} | not valid JSON: Duplicate field 'a' (line 1, column 24)
          {'mapping':        | not valid JSON: Unexpected end-of-input within/between Object entries (line 1, column 12)
          """)
  void whatIsNoMappingIsRefused(String body, String message) {
    assertThat(failure(body)).hasMessage(message);
  }

  @Test
  void everyWrongEntryIsNamed() {
    ServingException e =
        failure("{'mapping':{'a/b~c':'deployment1','ok':7,'fine':'deployment1','.x':'d'}}");
    assertThat(e.violations())
        .containsExactly(
            new Violation("/mapping/a~1b~0c", TENANT_RULE),
            new Violation("/mapping/ok", "expected a deployment's name"),
            new Violation("/mapping/.x", TENANT_RULE));
  }

  @Property(tries = 500)
  void randomTextIsReadOrRefused(@ForAll String text) {
    for (String body : new String[] {text, "{\"mapping\":" + text + "}"}) {
      try {
        assertThat(PoolBody.parse(body).mapping()).isNotNull();
      } catch (ServingException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_INPUT);
      }
    }
  }
}
