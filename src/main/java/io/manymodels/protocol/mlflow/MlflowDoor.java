package io.manymodels.protocol.mlflow;

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
import io.manymodels.protocol.tabular.RowsBody;
import io.manymodels.protocol.tabular.RowsForm;
import io.manymodels.protocol.tabular.RowsPlace;
import io.manymodels.protocol.tabular.Scoring;
import io.manymodels.protocol.tabular.TabularStatus;
import io.manymodels.tensor.Prediction;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A model as {@code mlflow models serve} answers for it (mlflow/pyfunc/scoring_server, 3.17), below
 * {@code /models/{model}}: {@code POST ../invocations} and {@code GET ../ping}, {@code ../health},
 * {@code ../version}; these three at the root, too, for the server itself. Databricks' clients post
 * to {@code /serving-endpoints/{model}/invocations}. Thread-safe.
 */
public final class MlflowDoor implements Door {
  private static final String MODEL = "/models/";
  private static final String ENDPOINT = "/serving-endpoints/";
  private static final String INVOCATIONS = "/invocations";
  private static final String VERSION = "/version";
  private static final Set<String> PROBES = Set.of("/ping", "/health", VERSION);

  /** The release of MLflow whose server this follows: what a client may ask for. */
  private static final String FOLLOWED = "3.17.2";

  private static final SortedMap<String, RowsForm> FORMS =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(
              Map.of(
                  "dataframe_split", RowsForm.SPLIT,
                  "dataframe_records", RowsForm.RECORDS,
                  "instances", RowsForm.INSTANCES,
                  "inputs", RowsForm.TENSORS)));

  private final ServedModels models;
  private final Scoring scoring;

  /**
   * @param models that are asked
   */
  public MlflowDoor(ServedModels models) {
    this.models = models;
    this.scoring = new Scoring(models);
  }

  private record Failure(String errorCode, String message) {}

  @Override
  public String protocol() {
    return "mlflow";
  }

  @Override
  public boolean has(String path) {
    return isFree(path)
        || ModelPath.matches(path, MODEL, INVOCATIONS)
        || ModelPath.matches(path, ENDPOINT, INVOCATIONS)
        || isProbeOfModel(path);
  }

  @Override
  public boolean isFree(String path) {
    return PROBES.contains(path);
  }

  private static boolean isProbeOfModel(String path) {
    return ModelPath.matches(path, MODEL, probe(path)) && PROBES.contains(probe(path));
  }

  /** The last segment with its slash. */
  private static String probe(String path) {
    return path.substring(Math.max(0, path.lastIndexOf('/')));
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    String path = request.path();
    if (path.endsWith(INVOCATIONS)) {
      MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
      String before = path.startsWith(MODEL) ? MODEL : ENDPOINT;
      return invoke(request, caller, ModelPath.tenant(path, before, INVOCATIONS));
    }
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    if (isFree(path)) {
      return CompletableFuture.completedFuture(well(path));
    }
    TenantId tenant = ModelPath.tenant(path, MODEL, probe(path));
    return Blocking.answer(
        blocking,
        () -> {
          var unused = models.describe(caller, tenant);
          return well(probe(path));
        });
  }

  private static HttpResponse well(String probe) {
    return HttpResponse.json(probe.equals(VERSION) ? FOLLOWED : "\n");
  }

  private CompletableFuture<HttpResponse> invoke(
      IngressRequest request, Caller caller, TenantId tenant) {
    MediaType type = MediaType.of(request);
    type.requireUtf8Only();
    CompletableFuture<Prediction> prediction =
        switch (type.name()) {
          case "", MediaType.JSON -> scoring.json(request, caller, tenant, FORMS);
          case "text/csv" -> scoring.rows(request, caller, tenant, table(request));
          default ->
              throw new ServingException(
                  ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                  "the content type must be application/json or text/csv");
        };
    return prediction.thenApply(answer -> HttpResponse.json(ListedPrediction.named(answer)));
  }

  private RowsBody.Parsed table(IngressRequest request) {
    String text = request.limitedBody(models.limits()).text();
    return new RowsBody.Parsed(CsvBody.parse(text, scoring.limits()), RowsPlace.NONE);
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    int status = TabularStatus.of(failure.code());
    String message = String.valueOf(failure.getMessage());
    if (failure.code() == ErrorCode.UNSUPPORTED_MEDIA_TYPE) {
      return new HttpResponse(status, "text/plain; charset=utf-8", Map.of(), message);
    }
    return new HttpResponse(
        status, MediaType.JSON, Map.of(), Json.write(new Failure(name(failure.code()), message)));
  }

  /** The error's name in MLflow (mlflow/protos/databricks.proto). */
  static String name(ErrorCode code) {
    return switch (code) {
      case UNAUTHENTICATED -> "UNAUTHENTICATED";
      case FORBIDDEN -> "PERMISSION_DENIED";
      case NOT_FOUND -> "ENDPOINT_NOT_FOUND";
      case MODEL_NOT_FOUND, MODEL_VERSION_NOT_FOUND -> "RESOURCE_DOES_NOT_EXIST";
      case DEADLINE_EXCEEDED -> "DEADLINE_EXCEEDED";
      case OVERLOADED, NO_REPLICA, STORE_UNAVAILABLE, ISSUER_UNAVAILABLE ->
          "TEMPORARILY_UNAVAILABLE";
      case TENANT_OVER_SHARE, QUOTA_EXCEEDED -> "REQUEST_LIMIT_EXCEEDED";
      case INTERNAL, ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> "INTERNAL_ERROR";
      default -> "BAD_REQUEST";
    };
  }
}
