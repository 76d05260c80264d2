package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.model.ServingException;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeTest {

  /** What envelope.py, encode_request, writes; a change here is a change there. */
  @Test
  void readsWhatTheMiddlewareWrites() {
    IngressRequest request =
        Envelope.read(
            "\u0001{\"m\":\"POST\",\"p\":\"/sc\\u00f6re\",\"q\":\"a=\\u00e9&b\","
                + "\"h\":{\"content-type\":\"application/json\",\"authorization\":\"Bearer \\\"x\"},"
                + "\"id\":\"a.b-c_1\",\"t\":1795420800123}\n{\"tenant\":\n\u0001\"ü\"}");
    assertThat(request)
        .usingRecursiveComparison()
        .isEqualTo(
            new IngressRequest(
                "POST",
                "/scöre",
                "a=é&b",
                Map.of("content-type", "application/json", "authorization", "Bearer \"x"),
                "a.b-c_1",
                1_795_420_800_123L,
                Body.of("{\"tenant\":\n\u0001\"ü\"}")));
  }

  @Test
  void aBodyThatIsNotUtf8IsSaidToBeSo() {
    IngressRequest request =
        Envelope.read(
            "\u0001{\"m\":\"POST\",\"p\":\"/score\",\"q\":\"\",\"h\":{},\"id\":\"x\",\"t\":1,"
                + "\"e\":\"b64\"}\n/w==");
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> request.body().text())
        .withMessage("the body is not UTF-8");
  }

  @Test
  void whatALaterMiddlewareAddsIsPassedOver() {
    IngressRequest request =
        Envelope.read(
            "\u0001{\"new\":{\"m\":\"X\",\"list\":[1,{\"h\":2}]},\"m\":\"GET\",\"p\":\"/status\"}\n");
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.path()).isEqualTo("/status");
    assertThat(request.headers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"tenant\":\"a\"}", "x", " \u0001{}\n"})
  void textWithoutTheMarkIsTheBodyOfAScore(String body) {
    IngressRequest request = Envelope.read(body);
    assertThat(request)
        .usingRecursiveComparison()
        .isEqualTo(new IngressRequest("POST", "/score", "", Map.of(), "", 0, Body.of(body)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u0001", "\u0001{}", "\u0001{\n", "\u0001\"m\n", "\u0001{\"t\":\"x\"}\n"})
  void aBrokenHeadIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Envelope.read(text));
  }

  @Property(tries = 500)
  void randomTextIsReadOrRefused(@ForAll String text) {
    assertThat(Envelope.read("x" + text).body().text()).isEqualTo("x" + text);
    try {
      assertThat(Envelope.read("\u0001" + text).method()).isNotNull();
      assertThat(Envelope.read("\u0001{\"m\":" + text + "}\n").method()).isNotNull();
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }

  @Property(tries = 300)
  void anyRequestComesThrough(
      @ForAll String method, @ForAll String path, @ForAll String header, @ForAll String body) {
    Map<String, Object> head = new TreeMap<>();
    head.put("m", method);
    head.put("p", path);
    head.put("h", Map.of("accept", header));
    head.put("id", "x");
    head.put("t", 5);
    IngressRequest read = Envelope.read("\u0001" + Json.write(head) + "\n" + body);
    assertThat(read)
        .usingRecursiveComparison()
        .isEqualTo(
            new IngressRequest(method, path, "", Map.of("accept", header), "x", 5, Body.of(body)));
  }

  @Test
  void writesWhatTheMiddlewareReads() {
    assertThat(Envelope.write(HttpResponse.json("{\"a\":1}\n2"), 8))
        .isEqualTo("\u0001{\"s\":200,\"t\":\"application/json\",\"b\":8}\n{\"a\":1}\n2");
    HttpResponse response =
        new HttpResponse(
            503, "application/problem+json", Map.of("retry-after", "1", "a", "\n"), "");
    assertThat(Envelope.write(response, 9))
        .isEqualTo(
            "\u0001{\"s\":503,\"t\":\"application/problem+json\",\"b\":9,"
                + "\"h\":{\"a\":\"\\n\",\"retry-after\":\"1\"}}\n");
  }

  @Property(tries = 200)
  void theHeadOfAnAnswerIsOneLineOfJson(@ForAll String value, @ForAll String any) {
    String body = new String(any.getBytes(UTF_8), UTF_8);
    String text = Envelope.write(new HttpResponse(200, value, Map.of("x-y", value), body), 1);
    int end = text.indexOf('\n');
    JsonNode head = Json.read(text.substring(1, end), JsonNode.class);
    assertThat(head.path("t").asText()).isEqualTo(value);
    assertThat(head.path("h").path("x-y").asText()).isEqualTo(value);
    assertThat(text.substring(end + 1)).isEqualTo(body);
  }
}
