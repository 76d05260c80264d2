package io.manymodels.protocol.tabular;

import io.manymodels.access.Caller;
import io.manymodels.application.ServedModels;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.http.IngressRequest;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Prediction;
import io.manymodels.threads.Completions;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Scores the rows of a body, and tells what is wrong with them by their place in it. Thread-safe.
 */
public final class Scoring {
  private final ServedModels models;

  /**
   * @param models that are asked
   */
  public Scoring(ServedModels models) {
    this.models = models;
  }

  /** How many rows and values a body may have now. */
  public RowsBody.Limits limits() {
    DispatcherConfig config = models.limits();
    return new RowsBody.Limits(config.maxRows(), config.maxValues());
  }

  /**
   * Scores the rows of a body of JSON, whatever its content type is.
   *
   * @param forms as {@link RowsBody#parse} takes them
   * @return fails as {@link ServedModels#score} does
   * @throws ServingException as {@link RowsBody#parse}, and {@code PAYLOAD_TOO_LARGE}
   */
  public CompletableFuture<Prediction> json(
      IngressRequest request, Caller caller, TenantId tenant, SortedMap<String, RowsForm> forms) {
    try {
      RowsBody.Parsed body =
          RowsBody.parse(request.limitedBody(models.limits()).parser(), forms, limits());
      return rows(request, caller, tenant, body);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  /** Scores rows. As {@link #json}. */
  public CompletableFuture<Prediction> rows(
      IngressRequest request, Caller caller, TenantId tenant, RowsBody.Parsed body) {
    Deadline deadline = request.deadline(models.limits().deadlineMs(), Ticker.SYSTEM);
    return models
        .score(caller, tenant, body.rows(), deadline, request.observed())
        .handle(
            (scored, failure) -> {
              if (failure == null) {
                return scored.predicted().prediction();
              }
              throw told(failure, body.place());
            });
  }

  private static RuntimeException told(Throwable failure, RowsPlace place) {
    @Nullable Throwable cause = Completions.cause(failure);
    return cause instanceof ServingException known
        ? place.told(known)
        : new CompletionException(cause);
  }
}
