package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorsTest {
  private static Cors cors(String origins) {
    return Cors.from(Environment.empty().with(Setting.CORS_ORIGINS, origins));
  }

  private static IngressRequest request(String method, String... headers) {
    Map<String, String> all = new HashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    return new IngressRequest(method, "/score", "", all, "id", 0, Body.of(""));
  }

  private static IngressRequest preflight(String origin) {
    return request("OPTIONS", "origin", origin, "access-control-request-method", "POST");
  }

  private static final HttpResponse ANSWER =
      new HttpResponse(200, "application/json", Map.of("vary", "accept-encoding"), "{}");

  @Test
  void nobodyMayUnlessTheSettingSaysSo() {
    assertThat(Cors.from(Environment.empty())).isSameAs(Cors.OFF);
    assertThat(Cors.OFF.preflight(preflight("https://a.example"))).isNull();
    assertThat(Cors.OFF.add(request("POST", "origin", "https://a.example"), ANSWER))
        .isSameAs(ANSWER);
  }

  @Test
  void thePagesOfTheListMay() {
    Cors cors = cors("https://a.example, http://localhost:3000");
    HttpResponse asked = cors.preflight(preflight("http://localhost:3000"));
    assertThat(asked).isNotNull();
    assertThat(asked.status()).isEqualTo(204);
    assertThat(asked.headers())
        .containsEntry("access-control-allow-origin", "http://localhost:3000")
        .containsEntry("access-control-allow-methods", "GET, HEAD, POST")
        .containsEntry("vary", "origin");
    assertThat(asked.headers().get("access-control-allow-headers"))
        .contains("authorization", "content-type", "inference-header-content-length");
    HttpResponse answer = cors.add(request("POST", "origin", "https://A.example"), ANSWER);
    assertThat(answer.headers())
        .containsEntry("access-control-allow-origin", "https://A.example")
        .containsEntry("vary", "accept-encoding, origin")
        .doesNotContainKey("access-control-allow-credentials");
  }

  @Test
  void noOtherPageMay() {
    Cors cors = cors("https://a.example");
    for (String origin : new String[] {"https://b.example", "http://a.example", "null", ""}) {
      assertThat(cors.preflight(preflight(origin))).as(origin).isNull();
      assertThat(cors.add(request("POST", "origin", origin), ANSWER).headers())
          .containsOnly(Map.entry("vary", "accept-encoding, origin"));
    }
    assertThat(cors.add(request("POST"), ANSWER).headers())
        .as("of no page at all, but a cache may keep it")
        .containsOnly(Map.entry("vary", "accept-encoding, origin"));
    assertThat(cors.preflight(request("OPTIONS", "origin", "https://a.example"))).isNull();
    assertThat(
            cors.preflight(
                request(
                    "POST",
                    "origin",
                    "https://a.example",
                    "access-control-request-method",
                    "POST")))
        .isNull();
  }

  @Test
  void everyPageMay() {
    HttpResponse answer = cors("*").add(request("POST", "origin", "null"), ANSWER);
    assertThat(answer.headers())
        .containsEntry("access-control-allow-origin", "*")
        .containsEntry("vary", "accept-encoding");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a.example", "https://a.example/", "https://", "https://u@a.example", "*, x", ","})
  void whatIsNoOriginIsRefused(String origins) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> cors(origins))
        .withMessageContaining("MANY_MODELS_CORS_ORIGINS")
        .withMessageContaining("https://app.example.com");
  }
}
