package io.manymodels.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.stream.Stream;

/**
 * A request that is answered alike on all ways: the direct port, HAProxy and the Python proxy.
 *
 * @param line method and target
 * @param headers without Host, Connection and those that frame the body
 * @param body empty when there is none
 * @param status of the answer
 * @param problem the code of the problem that answers; empty for a 200
 */
public record HttpCase(
    String name, String line, String headers, String body, int status, String problem) {
  private static final String TYPE = "Content-Type: application/json\r\n";
  private static final String WEBSOCKET =
      """
      Upgrade: websocket\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      """;

  /**
   * All of them.
   *
   * @param score the body of a right /score
   */
  public static Stream<HttpCase> all(String score) {
    return Stream.of(encodings(score), types(score), targets(score), reserved(score), upgrades())
        .flatMap(List::stream);
  }

  private static HttpCase score(String name, String headers, String body) {
    return new HttpCase(name, "POST /score", headers, body, 200, "");
  }

  private static HttpCase refused(String name, String headers, String body) {
    return new HttpCase(name, "POST /score", headers, body, 415, "unsupported-media-type");
  }

  /** RFC 9110, 8.4.1: names are compared without case; 5.6.1: empty elements do not count. */
  private static List<HttpCase> encodings(String body) {
    String name = "Content-Encoding: ";
    return List.of(
        score("Identity", TYPE + name + "Identity\r\n", body),
        score("an empty coding", TYPE + name + "\r\n", body),
        score("identity twice", TYPE + name + "identity, IDENTITY\r\n", body),
        score("an empty element", TYPE + name + ", identity\r\n", body),
        score("identity on two lines", TYPE + (name + "identity\r\n").repeat(2), body),
        refused("gzip", TYPE + name + "gzip\r\n", body),
        refused("GZIP", TYPE + name + "GZIP\r\n", body),
        refused("identity and gzip", TYPE + name + "identity, gzip\r\n", body));
  }

  /** RFC 9110, 8.3.1: types, and names of parameters, are compared without case. */
  private static List<HttpCase> types(String body) {
    String name = "Content-Type: ";
    return List.of(
        score("no type", "", body),
        score("a type in capitals", "CONTENT-TYPE: Application/JSON\r\n", body),
        score("a charset", name + "application/json;CharSet=\"UTF-8\"\r\n", body),
        score("a charset that JSON has not", name + "application/json ; charset=utf-16\r\n", body),
        refused("text", name + "text/plain\r\n", body),
        refused("another JSON", name + "application/json+x\r\n", body));
  }

  private static List<HttpCase> targets(String body) {
    return List.of(
        new HttpCase("a whole URI", "POST http://Test/score", TYPE, body, 200, ""),
        new HttpCase("an encoded path", "POST /%73core", TYPE, body, 200, ""),
        new HttpCase("a query", "POST /score?a=b", TYPE, body, 200, ""),
        new HttpCase("another path", "POST /Score", TYPE, body, 404, "not-found"),
        new HttpCase("another method", "PUT /score", TYPE, body, 405, "method-not-allowed"),
        new HttpCase("a slash more", "POST /score/", TYPE, body, 404, "not-found"));
  }

  /** Paths below {@code /-/} are Ray's and ours for health; there is nothing else. */
  private static List<HttpCase> reserved(String body) {
    Stream<HttpCase> nothing =
        Stream.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
            .flatMap(
                method ->
                    Stream.of("/-/x", "/-/", "/-/healthz/", "/-/a/b", "/%2D/x", "/-/score")
                        .map(path -> method + " " + path))
            .map(line -> new HttpCase(line, line, TYPE, body, 404, "not-found"));
    Stream<HttpCase> health =
        Stream.of("POST", "PUT", "DELETE")
            .map(method -> method + " /-/healthz")
            .map(line -> new HttpCase(line, line, TYPE, body, 405, "method-not-allowed"));
    return Stream.concat(nothing, health).toList();
  }

  /** RFC 9110, 7.8: a server may ignore Upgrade, and answers as it would without it. */
  private static List<HttpCase> upgrades() {
    return List.of(
        new HttpCase("websocket", "GET /score", WEBSOCKET, "", 405, "method-not-allowed"),
        new HttpCase("websocket elsewhere", "GET /x", WEBSOCKET, "", 404, "not-found"),
        new HttpCase("websocket below /-/", "GET /-/x", WEBSOCKET, "", 404, "not-found"));
  }

  /**
   * The bytes on the wire, after whose answer the server closes the connection.
   *
   * @param chunked whether the body is sent in two chunks instead of with its length
   */
  public byte[] bytes(boolean chunked) {
    String upgrade = headers.contains("Upgrade:") ? "Upgrade, Close" : "Close";
    String head = line + " HTTP/1.1\r\nHost: test\r\nConnection: " + upgrade + "\r\n" + headers;
    if (!chunked || body.isEmpty()) {
      return (head + "Content-Length: " + body.length() + "\r\n\r\n" + body).getBytes(UTF_8);
    }
    int half = body.length() / 2;
    return (head
            + "Transfer-Encoding: Chunked\r\n\r\n"
            + chunk(body.substring(0, half))
            + chunk(body.substring(half))
            + chunk(""))
        .getBytes(UTF_8);
  }

  private static String chunk(String part) {
    return Integer.toHexString(part.length()) + "\r\n" + part + "\r\n";
  }

  @Override
  public String toString() {
    return name;
  }
}
