package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.RSAKey;
import io.manymodels.access.KeyDigest;
import io.manymodels.testing.TestIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A process whose callers a file names. */
@OnlyInOneProcess(
    "the cluster of the tests is open to everybody; the gate of its Dispatchers is this one")
class CallersIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final RSAKey KEY = TestIssuer.rsa("key");

  private static TestIssuer issuer;
  private static OneProcessRoot root;
  private static Path file;

  private final Application application = Application.of(root);

  @BeforeAll
  static void start() {
    issuer = new TestIssuer();
    issuer.publish(KEY);
    Path folder = Path.of("target", "callers-it").toAbsolutePath();
    Serve demo = OneProcessRoot.demo(folder);
    file = folder.resolve("callers.yaml");
    write(callers());
    root = OneProcessRoot.start(demo.variable("MANY_MODELS_CALLERS", file));
    root.awaitReady();
  }

  @AfterAll
  static void end() {
    root.close();
    issuer.close();
  }

  @AfterEach
  void restore() {
    write(callers());
    Await.until(
        "the file is in force",
        SOON,
        () ->
            status().path("refused").path("callers").isMissingNode()
                && score("shop").status() == 200);
  }

  private static String callers() {
    return "callers:\n"
        + caller("shop", "[tenant1, tenant2*]", "")
        + caller("reader", "['*']", "roles: [read]")
        + caller("slow", "[tenant1]", "quota: {requests_per_second: 0.5}")
        + "issuers:\n- {name: idp, issuer: '"
        + issuer.uri()
        + "', audiences: ["
        + TestIssuer.AUDIENCE
        + "], tenants_claim: tenants}\n";
  }

  private static String caller(String name, String tenants, String more) {
    return "- {name: "
        + name
        + ", key_sha256: "
        + KeyDigest.of(name).hex()
        + ", tenants: "
        + tenants
        + (more.isEmpty() ? "" : ", " + more)
        + "}\n";
  }

  private static void write(String callers) {
    try {
      Path fresh = Files.writeString(file.resolveSibling("callers.new"), callers);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpRequest.Builder as(String credential, HttpRequest.Builder request) {
    return request.header("Authorization", "Bearer " + credential);
  }

  private Answer score(String credential) {
    return score(credential, "tenant1");
  }

  private Answer score(String credential, String tenant) {
    return application.send(
        as(credential, application.scoreRequest(tenant, Expected.row("tenant1", 0))));
  }

  private JsonNode status() {
    return application.send(as("reader", application.request("/status"))).ok();
  }

  @Test
  void aKeyScoresItsTenantsAndSeesNobodyElse() {
    assertThat(score("shop").ok().has("prediction")).isTrue();
    assertThat(score("shop").ok().has("deployment_map")).isFalse();
    assertThat(score("shop", "tenant29").status()).isEqualTo(200);
    Answer byHeader =
        application.send(
            application
                .scoreRequest("tenant1", Expected.row("tenant1", 0))
                .header("X-API-Key", "shop"));
    assertThat(byHeader.status()).isEqualTo(200);
    Answer model = application.send(as("shop", application.request("/models/tenant1")));
    assertThat(model.ok().path("model").asText()).isEqualTo("tenant1");
  }

  @Test
  void whetherAnotherTenantExistsIsNotTold() {
    Answer other = score("shop", "tenant3");
    Answer nobody = score("shop", "no-such-tenant");
    Problems.check(application, other, 403, "forbidden");
    Problems.check(application, nobody, 403, "forbidden");
    assertThat(other.json().path("detail").asText().replace("tenant3", "x"))
        .isEqualTo(nobody.json().path("detail").asText().replace("no-such-tenant", "x"));
  }

  /** A call of the document, with names that there are in its path. */
  private record Route(String method, String path, boolean free) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private static List<Route> routes() {
    JsonNode document = Application.of(root).get("/openapi.json").ok();
    List<Route> routes = new ArrayList<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path -> path.getValue().properties().forEach(call -> routes.add(route(path, call))));
    return routes;
  }

  private static Route route(Map.Entry<String, JsonNode> path, Map.Entry<String, JsonNode> call) {
    JsonNode security = call.getValue().path("security");
    return new Route(
        call.getKey().toUpperCase(Locale.ROOT),
        path.getKey()
            .replace("{tenant}", "tenant1")
            .replace("{version}", "1")
            .replace("{file}", "page.js"),
        security.isArray() && security.isEmpty());
  }

  static Stream<Route> closedRoutes() {
    return Stream.concat(
        routes().stream().filter(route -> !route.free()),
        Stream.of(new Route("GET", "/no/such/path", false)));
  }

  static Stream<Route> freeRoutes() {
    return routes().stream().filter(Route::free);
  }

  private HttpRequest.Builder request(Route route) {
    HttpRequest.Builder request = application.jsonRequest(route.path(), "{}");
    return route.method().equals("GET") ? request.GET() : request;
  }

  @ParameterizedTest
  @MethodSource("closedRoutes")
  void withoutACredentialEveryCallIs401(Route route) {
    for (String credential : List.of("", "wrong", "eyJhbGciOiJub25lIn0.e30.")) {
      HttpRequest.Builder request = request(route);
      Answer answer = application.send(credential.isEmpty() ? request : as(credential, request));
      assertThat(answer.status()).as("%s", answer).isEqualTo(401);
      assertThat(answer.header("www-authenticate")).hasValue("Bearer");
      Problems.assertNoLeak(application, answer);
    }
  }

  @ParameterizedTest
  @MethodSource("freeRoutes")
  void healthAndThisDocumentNeedNoCredential(Route route) {
    assertThat(route.method()).isEqualTo("GET");
    assertThat(application.send(request(route)).status()).isEqualTo(200);
  }

  @Test
  void theDocumentHasBothKindsOfRoutes() {
    assertThat(closedRoutes()).hasSizeGreaterThan(30);
    assertThat(freeRoutes())
        .extracting(Route::path)
        .containsExactlyInAnyOrder(
            "/",
            "/-/healthz",
            "/-/ready",
            "/docs",
            "/docs/page.js",
            "/health",
            "/openapi.json",
            "/ping",
            "/v2/health/live",
            "/v2/health/ready",
            "/version");
  }

  @Test
  void rolesDivideTheCalls() {
    assertThat(status().at("/access/scoring").asText()).isEqualTo("callers");
    Problems.check(application, score("reader"), 403, "forbidden");
    for (String path :
        List.of("/status", "/metrics", "/tenants", "/placement", "/deployment_map")) {
      assertThat(application.send(as("shop", application.request(path))).status())
          .as(path)
          .isEqualTo(403);
      assertThat(application.send(as("reader", application.request(path))).status())
          .as(path)
          .isEqualTo(200);
    }
    HttpRequest.Builder refresh =
        application.jsonRequest("/refresh_models", "{\"tenants\": [\"tenant1\"]}");
    assertThat(application.send(as("reader", refresh)).status()).isEqualTo(403);
    HttpRequest.Builder byOperator =
        application.jsonRequest("/refresh_models", "{\"tenants\": [\"tenant1\"]}");
    assertThat(application.send(as(application.token(), byOperator)).status()).isEqualTo(200);
  }

  @Test
  void aCallersQuotaIsKept() {
    assertThat(score("slow").status()).isEqualTo(200);
    Answer second = score("slow");
    Problems.check(application, second, 429, "quota-exceeded");
    assertThat(second.header("retry-after")).get().isIn("1", "2");
    assertThat(score("shop").status()).isEqualTo(200);
  }

  @Test
  void aTokenOfAnIssuerScoresTheTenantsThatItNames() {
    String token =
        TestIssuer.signed(
            issuer.claims("app", Instant.now()).claim("tenants", List.of("tenant1")).build(), KEY);
    assertThat(score(token).status()).isEqualTo(200);
    assertThat(score(token, "tenant2").status()).isEqualTo(403);
    String expired =
        TestIssuer.signed(issuer.claims("app", Instant.now().minusSeconds(4_000)).build(), KEY);
    Problems.check(application, score(expired), 401, "unauthenticated");
    assertThat(root.complaints()).noneMatch(line -> line.contains(token));
  }

  @Test
  void aRevokedKeyIsRefusedSoon() {
    write("callers:\n" + caller("reader", "['*']", "roles: [read]"));
    Await.until("the key is refused", SOON, () -> score("shop").status() == 401);
  }

  @Test
  void aFileThatIsWrongChangesNothing() {
    write("callers: [{name: shop}]\n");
    Await.until(
        "the refusal is told",
        SOON,
        () -> status().at("/refused/callers").asText().contains("key 'tenants': missing"));
    assertThat(score("shop").status()).isEqualTo(200);
  }
}
