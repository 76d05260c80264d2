package io.manymodels.protocol.v1;

import io.manymodels.access.Caller;
import io.manymodels.application.ServedModels;
import io.manymodels.http.Blocking;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * KServe's protocol V1 (kserve/protocol/rest/v1_endpoints.py, 0.21): {@code GET /v1/models}, {@code
 * GET /v1/models/{model}} and {@code POST /v1/models/{model}:predict}. Thread-safe.
 */
public final class V1Door implements Door {
  private static final String MODELS = "/v1/models";
  private static final String MODEL = MODELS + "/";
  private static final String PREDICT = ":predict";
  private static final int MAX_NAMES = 10_000;

  /** What KServe reads as JSON; CloudEvents in their binary mode are JSON, too. */
  private static final Set<String> JSON_TYPES =
      Set.of(
          "",
          MediaType.JSON,
          "application/ld+json",
          "application/cloudevents+json",
          "application/octet-stream");

  private static final SortedMap<String, RowsForm> FORMS =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(Map.of("instances", RowsForm.INSTANCES, "inputs", RowsForm.TENSORS)));

  private final ServedModels models;
  private final Scoring scoring;

  /**
   * @param models that are asked
   */
  public V1Door(ServedModels models) {
    this.models = models;
    this.scoring = new Scoring(models);
  }

  /** The names of models; {@code more} when there are others. */
  private record Names(List<String> models, boolean more) {}

  private record Model(String name, boolean ready) {}

  private record Failure(String error) {}

  @Override
  public String protocol() {
    return "v1";
  }

  @Override
  public boolean has(String path) {
    return path.equals(MODELS) || path.startsWith(MODEL);
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    String path = request.path();
    if (path.startsWith(MODEL) && path.endsWith(PREDICT)) {
      MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
      return predict(request, caller, ModelPath.tenant(path, MODEL, PREDICT));
    }
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    if (path.equals(MODELS)) {
      return Blocking.answer(blocking, () -> names(caller));
    }
    TenantId tenant = ModelPath.tenant(path, MODEL, "");
    return Blocking.answer(blocking, () -> ready(caller, tenant));
  }

  private CompletableFuture<HttpResponse> predict(
      IngressRequest request, Caller caller, TenantId tenant) {
    if (!JSON_TYPES.contains(MediaType.of(request).name())) {
      throw new ServingException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json");
    }
    return scoring
        .json(request, caller, tenant, FORMS)
        .thenApply(prediction -> HttpResponse.json(ListedPrediction.named(prediction)));
  }

  private HttpResponse names(Caller caller) {
    List<TenantId> tenants = models.tenants(caller);
    List<String> names = tenants.stream().limit(MAX_NAMES).map(TenantId::value).toList();
    return HttpResponse.json(Json.write(new Names(names, names.size() < tenants.size())));
  }

  private HttpResponse ready(Caller caller, TenantId tenant) {
    String name = models.describe(caller, tenant).artifact().ref().tenant().value();
    return HttpResponse.json(Json.write(new Model(name, true)));
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
