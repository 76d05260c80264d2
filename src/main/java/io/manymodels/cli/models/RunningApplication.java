package io.manymodels.cli.models;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.cli.console.NotConfirmedException;
import io.manymodels.json.Json;
import io.manymodels.json.VersionsJson;
import io.manymodels.model.TenantId;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The application over HTTP. Used by one thread. */
final class RunningApplication {
  private static final int MAX_ANSWER_BYTES = 8 << 20;
  private static final int MAX_DETAIL = 300;

  private final URI refresh;
  private final Optional<String> token;
  private final Duration timeout;
  private final HttpClient http;

  /** The timeout is for each call, of at most {@link VersionsJson#MAX_TENANTS} tenants. */
  RunningApplication(URI address, Optional<String> token, Duration timeout) {
    this.refresh = URI.create(address.toString().replaceFirst("/+$", "") + "/refresh_models");
    this.token = token;
    this.timeout = timeout;
    // What Ray's proxy speaks; otherwise each call would ask it to switch to HTTP/2.
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  /** Waits until the application has looked at what is live of each tenant. */
  Map<TenantId, VersionsJson.Model> refresh(List<TenantId> tenants) throws NotConfirmedException {
    Map<TenantId, VersionsJson.Model> models = new HashMap<>();
    for (int from = 0; from < tenants.size(); from += VersionsJson.MAX_TENANTS) {
      int to = Math.min(tenants.size(), from + VersionsJson.MAX_TENANTS);
      for (VersionsJson.Model model : call(tenants.subList(from, to)).models()) {
        try {
          models.put(new TenantId(model.tenant()), model);
        } catch (IllegalArgumentException e) {
          throw new NotConfirmedException("it named a tenant that cannot be one");
        }
      }
    }
    return models;
  }

  private VersionsJson.Answer call(List<TenantId> tenants) throws NotConfirmedException {
    List<String> names = tenants.stream().map(TenantId::value).collect(Collectors.toList());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(refresh)
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .header("X-Request-Timeout-Ms", String.valueOf(timeout.toMillis()))
            .POST(HttpRequest.BodyPublishers.ofString(Json.write(new VersionsJson.Request(names))));
    token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int status = send(request.build(), body);
    String text = body.toString(UTF_8);
    if (status != 200) {
      throw new NotConfirmedException(refresh + " answered " + status + problem(text));
    }
    try {
      return Json.read(text, VersionsJson.Answer.class);
    } catch (IllegalArgumentException e) {
      throw new NotConfirmedException(
          refresh + " answered what is not understood: " + e.getMessage());
    }
  }

  private int send(HttpRequest request, ByteArrayOutputStream body) throws NotConfirmedException {
    CompletableFuture<HttpResponse<Void>> answer =
        http.sendAsync(
            request,
            BodyHandlers.ofByteArrayConsumer(
                part ->
                    part.ifPresent(
                        bytes -> {
                          int room = MAX_ANSWER_BYTES - body.size();
                          body.write(bytes, 0, Math.min(room, bytes.length));
                        })));
    try {
      // The request's own timeout ends with the head of the answer.
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS).statusCode();
    } catch (TimeoutException e) {
      throw new NotConfirmedException(noAnswerInTime());
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new NotConfirmedException(
          cause instanceof java.net.http.HttpTimeoutException
              ? noAnswerInTime()
              : refresh + " cannot be reached (" + cause.getClass().getSimpleName() + ")");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotConfirmedException("interrupted");
    } finally {
      answer.cancel(true);
    }
  }

  private String noAnswerInTime() {
    return refresh + " did not answer within " + timeout.toSeconds() + " s";
  }

  /** The text of a problem document, such as {@code ": The token is wrong: ..."}. */
  private static String problem(String text) {
    try {
      VersionsJson.Problem problem = Json.read(text, VersionsJson.Problem.class);
      String said =
          Stream.of(problem.title(), problem.detail())
              .filter(Objects::nonNull)
              .map(part -> ": " + part)
              .collect(Collectors.joining());
      return said.substring(0, Math.min(said.length(), MAX_DETAIL));
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
