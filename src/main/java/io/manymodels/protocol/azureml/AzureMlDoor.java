package io.manymodels.protocol.azureml;

import io.manymodels.access.Caller;
import io.manymodels.application.ServedModels;
import io.manymodels.http.Door;
import io.manymodels.http.HttpResponse;
import io.manymodels.http.IngressRequest;
import io.manymodels.http.MediaType;
import io.manymodels.http.MethodNotAllowedException;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.protocol.tabular.ListedPrediction;
import io.manymodels.protocol.tabular.ModelPath;
import io.manymodels.protocol.tabular.RowsForm;
import io.manymodels.protocol.tabular.Scoring;
import io.manymodels.protocol.tabular.TabularStatus;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/**
 * A model as an online endpoint of Azure ML answers for it when it was deployed without code
 * (azureml-inference-server-http 1.5): {@code POST /models/{model}/score} with {@code input_data},
 * answered by a bare list. Thread-safe.
 */
public final class AzureMlDoor implements Door {
  private static final String MODEL = "/models/";
  private static final String SCORE = "/score";

  /** By which a client finds its request again. */
  private static final String CLIENT_ID = "x-ms-client-request-id";

  private static final int MAX_CLIENT_ID = 100;
  private static final Pattern VISIBLE = Pattern.compile("[ -~]{1," + MAX_CLIENT_ID + "}");

  private static final SortedMap<String, RowsForm> FORMS =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(Map.of("input_data", RowsForm.SPLIT_OR_TENSORS)));

  private final Scoring scoring;

  /**
   * @param models that are asked
   */
  public AzureMlDoor(ServedModels models) {
    this.scoring = new Scoring(models);
  }

  private record Failure(String message) {}

  @Override
  public String protocol() {
    return "azureml";
  }

  @Override
  public boolean has(String path) {
    return ModelPath.matches(path, MODEL, SCORE);
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
    TenantId tenant = ModelPath.tenant(request.path(), MODEL, SCORE);
    if (request.header(CLIENT_ID).filter(id -> id.length() > MAX_CLIENT_ID).isPresent()) {
      throw new ServingException(
          ErrorCode.HEADERS_TOO_LARGE,
          CLIENT_ID + " must not exceed " + MAX_CLIENT_ID + " characters");
    }
    MediaType.of(request).requireJson();
    return scoring
        .json(request, caller, tenant, FORMS)
        .thenApply(prediction -> HttpResponse.json(ListedPrediction.bare(prediction)));
  }

  @Override
  public HttpResponse repeating(IngressRequest request, HttpResponse response) {
    return request
        .header(CLIENT_ID)
        .filter(VISIBLE.asMatchPredicate())
        .map(id -> response.with(CLIENT_ID, id))
        .orElse(response);
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    return new HttpResponse(
        TabularStatus.of(failure.code()),
        MediaType.JSON,
        Map.of(),
        Json.write(new Failure(String.valueOf(failure.getMessage()))));
  }
}
