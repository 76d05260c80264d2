package io.manymodels.adapter.azureml;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import io.manymodels.json.Json;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Reads JSON from Azure Resource Manager. Thread-safe. Every answer is bounded in bytes, every
 * listing in pages, and both in time, retries included; whatever is not a good answer or a 404
 * throws {@code STORE_UNAVAILABLE}.
 */
final class ArmClient {
  static final int MAX_ANSWER_BYTES = 8 << 20;
  static final int MAX_PAGES = 1_000;
  private static final Duration ONE_ANSWER = Duration.ofSeconds(30);

  private final HttpPipeline pipeline;
  private final ArmEndpoint endpoint;
  private final String store;
  private final Ticker ticker;

  /** {@code store} is what messages call it. */
  ArmClient(AzureAccess access, ArmEndpoint endpoint, String store, Ticker ticker) {
    this.pipeline = access.pipeline(endpoint.scope());
    this.endpoint = endpoint;
    this.store = store;
    this.ticker = ticker;
  }

  private record Answer(int status, ByteBuffer body, @Nullable String retryAfter) {}

  /** The resource at the path, or empty when there is none. */
  <T> Optional<T> get(String path, Class<T> type, String action) {
    return get(endpoint.url(path, ""), type, action, ONE_ANSWER);
  }

  /**
   * All entries of a listing, archived ones too, or empty when what should hold them does not
   * exist.
   *
   * @param patience for the whole listing
   */
  Optional<List<ModelResource>> list(String path, String action, Duration patience) {
    Deadline deadline = Deadline.after(patience, ticker);
    List<ModelResource> entries = new ArrayList<>();
    @Nullable String url = endpoint.url(path, "&listViewType=All");
    for (int pages = 0; url != null; pages++) {
      if (pages == MAX_PAGES) {
        throw unavailable(action, "its list has more than " + MAX_PAGES + " pages");
      }
      Optional<ModelResource.Page> page =
          get(url, ModelResource.Page.class, action, deadline.atMost(ONE_ANSWER).remaining());
      if (page.isEmpty()) {
        if (pages == 0) {
          return Optional.empty();
        }
        throw AzureMlFailures.status(store, action, 404, null);
      }
      if (page.get().value() != null) {
        entries.addAll(page.get().value());
      }
      url = next(page.get(), action);
    }
    return Optional.of(entries);
  }

  /** A link to anywhere else would be followed with our token. */
  private @Nullable String next(ModelResource.Page page, String action) {
    @Nullable String link = page.nextLink();
    if (link == null || link.isEmpty()) {
      return null;
    }
    try {
      if (endpoint.owns(URI.create(link))) {
        return link;
      }
    } catch (IllegalArgumentException noUri) {
      throw unavailable(action, "the link to its next page is not a URL");
    }
    throw unavailable(action, "the link to its next page leads to another host");
  }

  private <T> Optional<T> get(String url, Class<T> type, String action, Duration patience) {
    Answer answer = send(url, action, patience);
    if (answer.status() == 404) {
      return Optional.empty();
    }
    if (answer.status() != 200) {
      throw AzureMlFailures.status(store, action, answer.status(), answer.retryAfter());
    }
    try {
      return Optional.of(Json.read(answer.body(), type));
    } catch (IllegalArgumentException e) {
      throw AzureMlFailures.unavailable(
          store, action, "its answer is not understood (" + e.getMessage() + ")", e);
    }
  }

  private Answer send(String url, String action, Duration patience) {
    HttpRequest request =
        new HttpRequest(HttpMethod.GET, url).setHeader(HttpHeaderName.ACCEPT, "application/json");
    try {
      return Objects.requireNonNull(
          pipeline
              .send(request, Context.NONE)
              .flatMap(response -> read(response, action))
              .timeout(patience)
              .block());
    } catch (RuntimeException e) {
      throw AzureMlFailures.thrown(store, action, e);
    }
  }

  private Mono<Answer> read(HttpResponse response, String action) {
    int status = response.getStatusCode();
    if (status != 200) {
      @Nullable String wait = response.getHeaderValue(HttpHeaderName.RETRY_AFTER);
      response.close();
      return Mono.just(
          new Answer(
              status,
              ByteBuffer.allocate(0),
              wait != null && wait.matches("\\d{1,6}") ? wait : null));
    }
    return BoundedBody.collect(
            response.getBody(),
            MAX_ANSWER_BYTES,
            () -> unavailable(action, "its answer exceeds " + MAX_ANSWER_BYTES + " bytes"))
        .map(body -> new Answer(status, body, null));
  }

  private ServingException unavailable(String action, String why) {
    return AzureMlFailures.unavailable(store, action, why, null);
  }
}
