package io.manymodels.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.json.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How an HTTP request comes through Ray's proxy, which hands a Java replica one string and takes
 * one: a mark, one line of JSON, and the body as it is, or in base64 when it is no text.
 * src/main/python/manymodels/envelope.py is the other end. A string without the mark is the bare
 * body of a /score, as the proxy sends it when the middleware is not installed. Stateless.
 */
final class Envelope {
  private static final char MARK = '\u0001';

  private Envelope() {}

  /** Throws {@link IllegalArgumentException} when the head is not what the middleware writes. */
  static IngressRequest read(String text) {
    if (text.isEmpty() || text.charAt(0) != MARK) {
      return new IngressRequest("POST", "/score", "", Map.of(), "", 0, Body.of(text));
    }
    int end = text.indexOf('\n');
    if (end < 0) {
      throw new IllegalArgumentException("an envelope without an end of its head");
    }
    try (JsonParser head = Json.mapper().createParser(text.substring(1, end))) {
      return readHead(head, text.substring(end + 1));
    } catch (IOException e) {
      throw new IllegalArgumentException("the head of an envelope is not JSON", e);
    }
  }

  private static IngressRequest readHead(JsonParser head, String body) throws IOException {
    String method = "";
    String path = "";
    String query = "";
    String id = "";
    long receivedMillis = 0;
    boolean base64 = false;
    Map<String, String> headers = Map.of();
    head.nextToken();
    for (String key = head.nextFieldName(); key != null; key = head.nextFieldName()) {
      head.nextToken();
      switch (key) {
        case "m" -> method = head.getText();
        case "p" -> path = head.getText();
        case "q" -> query = head.getText();
        case "id" -> id = head.getText();
        case "t" -> receivedMillis = head.getLongValue();
        case "e" -> base64 = true;
        case "h" -> headers = readHeaders(head);
        default -> head.skipChildren();
      }
    }
    return new IngressRequest(
        method, path, query, headers, id, receivedMillis, base64 ? decoded(body) : Body.of(body));
  }

  private static Body decoded(String base64) {
    byte[] bytes = Base64.getDecoder().decode(base64);
    return Body.of(bytes, bytes.length);
  }

  private static Map<String, String> readHeaders(JsonParser head) throws IOException {
    Map<String, String> headers = new HashMap<>();
    while (head.nextToken() == JsonToken.FIELD_NAME) {
      String name = head.currentName();
      head.nextToken();
      headers.put(name, head.getText());
    }
    return headers;
  }

  /**
   * The answer as the middleware reads it.
   *
   * @param maxBodyBytes the limit that is in force, which the middleware applies to later requests
   */
  static String write(HttpResponse response, int maxBodyBytes) {
    boolean text = response.isText();
    String body = text ? response.text() : Base64.getEncoder().encodeToString(response.body());
    StringWriter out = new StringWriter(body.length() + 128);
    out.write(MARK);
    try (JsonGenerator head = Json.mapper().createGenerator(out)) {
      head.writeStartObject();
      head.writeNumberField("s", response.status());
      head.writeStringField("t", response.contentType());
      head.writeNumberField("b", maxBodyBytes);
      if (!text) {
        head.writeStringField("e", "b64");
      }
      if (!response.headers().isEmpty()) {
        head.writeObjectFieldStart("h");
        for (Map.Entry<String, String> header : new TreeMap<>(response.headers()).entrySet()) {
          head.writeStringField(header.getKey(), header.getValue());
        }
        head.writeEndObject();
      }
      head.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.append('\n').append(body).toString();
  }
}
