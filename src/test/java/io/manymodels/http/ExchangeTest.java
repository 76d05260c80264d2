package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The receipt of requests, on the cases of test_ingress.py. */
class ExchangeTest {
  static Stream<JsonNode> cases() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ExchangeTest.class.getResourceAsStream("received-requests.json"))) {
      JsonNode all = Json.read(new String(in.readAllBytes(), UTF_8), JsonNode.class);
      List<JsonNode> cases = new ArrayList<>();
      all.forEach(cases::add);
      return cases.stream();
    }
  }

  private static Exchange exchange(String target, JsonNode headers) {
    DefaultHttpRequest head =
        new DefaultHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.POST,
            target,
            DefaultHttpHeadersFactory.headersFactory().withValidation(false));
    headers.forEach(of -> head.headers().add(of.path(0).asText(), of.path(1).asText()));
    return new Exchange(head);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRequestIsReceivedAsByTheProxy(JsonNode given) {
    Exchange exchange = exchange("/score", given.path("headers"));
    BodyLimit limit = new BodyLimit(given.path("max_body_bytes").asInt());
    String refused = "";
    try {
      exchange.checkLength(limit);
      exchange.append(Unpooled.wrappedBuffer(new byte[given.path("bytes").asInt()]), limit);
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
      refused = String.valueOf(e.getMessage());
    }
    assertThat(refused).isEqualTo(given.path("refused").asText());
    String id = exchange.request().id();
    boolean kept = false;
    for (JsonNode header : given.path("headers")) {
      kept |= header.path(0).asText().equals("x-request-id") && header.path(1).asText().equals(id);
    }
    assertThat(kept).isEqualTo(given.path("keeps_id").asBoolean());
    if (refused.isEmpty()) {
      Map<String, String> forwarded = new TreeMap<>();
      given
          .path("forwarded")
          .properties()
          .forEach(of -> forwarded.put(of.getKey(), of.getValue().asText()));
      assertThat(exchange.request().headers()).isEqualTo(forwarded);
    }
  }

  /** RFC 9112, 3.2. */
  @ParameterizedTest
  @CsvSource({
    "/score, /score, ''",
    "/score?a=b, /score, a=b",
    "http://h/score?a, /score, a",
    "HTTPS://h:1/a%20b, /a b, ''",
    "http://h, /, ''",
    "http://h?x, /, x",
    "*, *, ''",
    "h:1, h:1, ''",
    "//h/score, //h/score, ''",
    "/a%2Fb%2fc%252Fd+e%2B, /a%2Fb%2fc%2Fd+e+, ''"
  })
  void thePathIsThatOfTheTarget(String target, String path, String query) {
    IngressRequest request = exchange(target, Json.read("[]", JsonNode.class)).request();
    assertThat(request.path()).isEqualTo(path);
    assertThat(request.query()).isEqualTo(query);
  }
}
