package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every wrong request has its status and its problem JSON, and harms no other request. */
class ErrorsIT {
  private static final String GOOD = "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4,0.2]]}";

  private final Application application = Application.of(getClass());

  /**
   * A wrong request.
   *
   * @param pointers of the problem's errors
   */
  record Wrong(
      String name,
      Function<Application, HttpRequest.Builder> request,
      int status,
      String code,
      List<String> pointers) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Wrong score(
      String name, String body, int status, String code, String... pointers) {
    return new Wrong(
        name,
        application -> application.jsonRequest("/score", body),
        status,
        code,
        List.of(pointers));
  }

  private static Wrong invalid(String name, String body, String... pointers) {
    return score(name, body, 400, "invalid-input", pointers);
  }

  private static Wrong tenant(String name, String json) {
    return invalid(
        "tenant " + name, "{\"tenant\":" + json + ",\"data\":[[5.1,3.5,1.4,0.2]]}", "/tenant");
  }

  private static Wrong data(String json, String... pointers) {
    return invalid("data " + json, "{\"tenant\":\"tenant1\",\"data\":" + json + "}", pointers);
  }

  private static Wrong mismatch(String json, String pointer) {
    return score(
        "data " + json,
        "{\"tenant\":\"tenant1\",\"data\":" + json + "}",
        422,
        "input-mismatch",
        pointer);
  }

  private static Wrong bytes(String name, byte[] body) {
    return new Wrong(
        name,
        application ->
            application
                .request("/score")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body)),
        400,
        "invalid-input",
        List.of());
  }

  private static byte[] garbage(int seed) {
    byte[] bytes = new byte[200];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Wrong other(
      String name, Function<Application, HttpRequest.Builder> request, int status, String code) {
    return new Wrong(name, request, status, code, List.of());
  }

  static Stream<Wrong> notJson() {
    return Stream.of(
        invalid("empty body", ""),
        invalid("blank body", "  \n "),
        invalid("a word", "tenant1"),
        invalid("cut short", GOOD.substring(0, GOOD.length() - 3)),
        invalid("two documents", GOOD + GOOD),
        invalid("a text behind it", GOOD + "x"),
        invalid("single quotes", GOOD.replace('"', '\'')),
        invalid("a comment", "/* hello */" + GOOD),
        invalid("a comma too many", GOOD.replace("]]", "],]")),
        invalid("an unquoted key", GOOD.replace("\"data\"", "data")),
        invalid("a raw NUL", GOOD.replace("tenant1", "ten\0ant1")),
        invalid("a lone surrogate escape", GOOD.replace("tenant1", "\\ud800"), "/tenant"),
        invalid("an array", "[" + GOOD + "]"),
        invalid("a string", "\"tenant1\""),
        invalid("null", "null"),
        invalid("a number", "17"),
        bytes("garbage 1", garbage(1)),
        bytes("garbage 2", garbage(2)),
        bytes("garbage 3", garbage(3)),
        bytes("200 NUL bytes", new byte[200]),
        bytes("Latin-1", GOOD.replace("tenant1", "t\u00e9nant").getBytes(ISO_8859_1)),
        bytes("UTF-16", GOOD.getBytes(java.nio.charset.StandardCharsets.UTF_16)),
        bytes("an overlong encoding", new byte[] {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', '}'}),
        bytes("a cut UTF-8 sequence", new byte[] {'"', (byte) 0xe2, (byte) 0x82}),
        bytes("a UTF-8 surrogate", new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}));
  }

  static Stream<Wrong> nesting() {
    int deep = 100_000;
    return Stream.of(
        invalid("deep data", "{\"tenant\":\"tenant1\",\"data\":" + "[".repeat(deep), "/data/0/0"),
        invalid("deep objects", "{\"a\":".repeat(deep)),
        invalid("a deep unknown key", "{\"x\":" + "[".repeat(deep) + "]".repeat(deep) + "}"),
        invalid("deep arrays", "[".repeat(deep)),
        invalid("a row of rows", "{\"tenant\":\"tenant1\",\"data\":[[[1],2,3,4]]}", "/data/0/0"));
  }

  static Stream<Wrong> missingOrMistyped() {
    return Stream.of(
        invalid("no keys", "{}", "/tenant"),
        invalid("no tenant", "{\"data\":[[5.1,3.5,1.4,0.2]]}", "/tenant"),
        invalid("no data", "{\"tenant\":\"tenant1\"}", "/data"),
        invalid("tenant in capitals", GOOD.replace("\"tenant\"", "\"Tenant\""), "/tenant"),
        invalid("the key tenant twice", "{\"tenant\":\"tenant2\"," + GOOD.substring(1)),
        invalid("the key data twice", "{\"data\":[[1,2,3,4]]," + GOOD.substring(1)),
        invalid("an unknown key twice", "{\"x\":1,\"x\":2," + GOOD.substring(1)),
        tenant("null", "null"),
        tenant("number", "1"),
        tenant("boolean", "true"),
        tenant("list", "[\"tenant1\"]"),
        tenant("object", "{}"),
        data("null", "/data"),
        data("\"5.1\"", "/data"),
        data("{}", "/data"),
        data("5.1", "/data"),
        data("[]", "/data"),
        data("[5.1,3.5,1.4,0.2]", "/data/0"),
        data("[null]", "/data/0"),
        data("[{}]", "/data/0"),
        data("[[5.1,3.5,1.4,0.2],7]", "/data/1"),
        data("[[\"5.1\",3.5,1.4,0.2]]", "/data/0/0"),
        data("[[5.1,3.5,1.4,{}]]", "/data/0/3"),
        data("[[5.1,3.5,1.4,0.2],[5.1,3.5,1.4,\"NaN\"]]", "/data/1/3"));
  }

  static Stream<Wrong> notFinite() {
    return Stream.of(
        data("[[NaN,3.5,1.4,0.2]]"),
        data("[[Infinity,3.5,1.4,0.2]]"),
        data("[[-Infinity,3.5,1.4,0.2]]"),
        data("[[1e999,3.5,1.4,0.2]]", "/data/0/0"),
        data("[[5.1,-1e999,1.4,0.2]]", "/data/0/1"),
        data("[[0x10,3.5,1.4,0.2]]"),
        data("[[+5.1,3.5,1.4,0.2]]"),
        data("[[.5,3.5,1.4,0.2]]"),
        data("[[05,3.5,1.4,0.2]]"),
        data("[[" + "9".repeat(101) + ",3.5,1.4,0.2]]"));
  }

  static Stream<Wrong> rowsTheModelDoesNotTake() {
    return Stream.of(
        mismatch("[[5.1,3.5,1.4]]", "/data/0"),
        mismatch("[[5.1,3.5,1.4,0.2,1]]", "/data/0"),
        mismatch("[[1]]", "/data/0"),
        mismatch("[[]]", "/data/0"),
        mismatch("[[],[]]", "/data/0"),
        mismatch("[[5.1,3.5,1.4,0.2],[5.1,3.5,1.4]]", "/data/1"),
        mismatch("[[5.1,3.5,1.4,0.2],[5.1,3.5,1.4,0.2],[1,2,3,4,5]]", "/data/2"),
        mismatch("[[5.1,3.5,1.4,0.2],[]]", "/data/1"));
  }

  static Stream<Wrong> hostileNames() {
    return Stream.of(
        tenant("above", "\"../x\""),
        tenant("folder", "\"a/b\""),
        tenant("backslash", "\"a\\\\b\""),
        tenant("dot", "\".\""),
        tenant("dots", "\"..\""),
        tenant("hidden", "\".hidden\""),
        tenant("absolute", "\"/etc/passwd\""),
        tenant("129 characters", '"' + "a".repeat(129) + '"'),
        tenant("100 000 characters", '"' + "a".repeat(100_000) + '"'),
        tenant("empty", "\"\""),
        tenant("blank", "\" \""),
        tenant("NUL", "\"tenant1\\u0000\""),
        tenant("newline", "\"tenant1\\n\""),
        tenant("header", "\"tenant1\\r\\nX-Evil: 1\""),
        tenant("escaped slash", "\"..%2fx\""),
        tenant("emoji", "\"\uD83D\uDE00\""),
        tenant("Cyrillic", "\"t\u0435nant1\""),
        tenant("query", "\"tenant1?x\""),
        tenant("wildcard", "\"*\""),
        tenant("shell", "\"$(id)\""),
        tenant("separator", "\"tenant1:1\""));
  }

  static Stream<Wrong> unknownTenants() {
    return Stream.of("nobody", "tenant0", "TENANT1", "a".repeat(128), "-", "_", "x..y", "live")
        .map(
            name ->
                score(
                    "tenant " + name,
                    "{\"tenant\":\"" + name + "\",\"data\":[[5.1,3.5,1.4,0.2]]}",
                    404,
                    "model-not-found"));
  }

  static Stream<Wrong> pathsAndMethods() {
    Stream<Wrong> paths =
        Stream.of("/nope", "/score/", "/score/x", "//score", "/Score", "/score%2f", "/status/x")
            .map(path -> other("path " + path, c -> c.jsonRequest(path, GOOD), 404, "not-found"));
    Stream<Wrong> onScore =
        Stream.of("GET", "PUT", "DELETE", "PATCH", "OPTIONS")
            .map(method -> method(method, "/score"));
    Stream<Wrong> elsewhere =
        Stream.of(
            method("POST", "/"),
            method("GET", "/update_dedicated_pool"),
            method("DELETE", "/update_dedicated_pool"),
            method("POST", "/deployment_map"),
            method("PUT", "/deployment_map"),
            method("POST", "/status"),
            method("DELETE", "/status"),
            method("POST", "/metrics"));
    return Stream.of(paths, onScore, elsewhere).flatMap(Function.identity());
  }

  private static Wrong method(String method, String path) {
    return other(
        method + " " + path,
        c -> c.request(path).method(method, BodyPublishers.ofString(GOOD)),
        405,
        "method-not-allowed");
  }

  static Stream<Wrong> contentTypes() {
    Stream<Wrong> types =
        Stream.of(
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "text/plain",
                "text/json",
                "application/jsonp",
                "application/json, text/plain",
                "*/*",
                "json",
                "application/xml")
            .map(
                type ->
                    other(
                        "content type " + type,
                        c ->
                            c.request("/score")
                                .header("Content-Type", type)
                                .POST(BodyPublishers.ofString(GOOD)),
                        415,
                        "unsupported-media-type"));
    Wrong compressed =
        other(
            "gzip",
            c ->
                c.request("/score")
                    .header("Content-Type", "application/json")
                    .header("Content-Encoding", "gzip")
                    .POST(BodyPublishers.ofByteArray(gzip(GOOD))),
            415,
            "unsupported-media-type");
    return Stream.concat(types, Stream.of(compressed));
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Stream<Wrong> timeouts() {
    return Stream.of("0", "-1", "1.5", "1e3", "soon", "10s", "0x10", "1,2", "00")
        .map(
            value ->
                other(
                    "X-Request-Timeout-Ms: " + value,
                    c -> c.jsonRequest("/score", GOOD).header("X-Request-Timeout-Ms", value),
                    400,
                    "invalid-input"));
  }

  @ParameterizedTest
  @MethodSource({
    "notJson",
    "nesting",
    "missingOrMistyped",
    "notFinite",
    "rowsTheModelDoesNotTake",
    "hostileNames",
    "unknownTenants",
    "pathsAndMethods",
    "contentTypes",
    "timeouts"
  })
  void isRefused(Wrong wrong) {
    Answer answer = application.send(wrong.request().apply(application));

    Problems.check(application, answer, wrong.status(), wrong.code());
    assertThat(answer.pointers()).isEqualTo(wrong.pointers());
    assertStillServing();
  }

  private void assertStillServing() {
    assertThat(application.postJson("/score", GOOD).ok().path("prediction").get(0).asInt())
        .isZero();
  }

  @Test
  void theWidthsAreInTheMessage() {
    Answer answer =
        application.postJson("/score", "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4]]}");

    assertThat(answer.json().path("errors").get(0).path("detail").asText())
        .isEqualTo("expected 4 numbers, got 3");
  }

  @Test
  void theAllowedMethodsAreNamed() {
    assertThat(application.get("/score").header("allow")).hasValue("POST");
    assertThat(application.get("/update_dedicated_pool").header("allow")).hasValue("POST");
    assertThat(application.postJson("/deployment_map", "").header("allow")).hasValue("GET, HEAD");
    assertThat(application.postJson("/status", "").header("allow")).hasValue("GET, HEAD");
  }

  @Test
  void headOfWhatTakesPostHasNoBody() {
    Answer answer =
        application.send(application.request("/score").method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.header("allow")).hasValue("POST");
  }
}
