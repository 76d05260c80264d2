package io.manymodels.http;

import io.manymodels.access.Caller;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.ServedModels;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.model.ServingException;
import io.manymodels.scoring.TableSnapshot;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** POST /score. Thread-safe. */
final class ScoreDoor implements Door {
  private static final String PATH = "/score";
  private static final int NO_MAP = -1;

  private final Dispatcher<DeploymentMap> dispatcher;
  private final ServedModels models;
  private final boolean packed;

  /**
   * @param packed whether it takes compressed bodies
   */
  ScoreDoor(Dispatcher<DeploymentMap> dispatcher, ServedModels models, boolean packed) {
    this.dispatcher = dispatcher;
    this.models = models;
    this.packed = packed;
  }

  @Override
  public String protocol() {
    return "score";
  }

  @Override
  public boolean has(String path) {
    return path.equals(PATH);
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
    DispatcherConfig config = models.limits();
    Deadline deadline = request.deadline(config.deadlineMs(), Ticker.SYSTEM);
    ScoreBody.Parsed body =
        ScoreBody.parse(packed ? request.packedJsonBody(config) : request.jsonBody(config), config);
    TableSnapshot.Derived<DeploymentMap> table = dispatcher.table();
    // The map names other tenants.
    int mapLimit = caller.seesAll() ? config.deploymentMapLimit() : NO_MAP;
    return models
        .score(caller, body.tenant(), body.rows(), table.table(), deadline, request.observed())
        .thenApply(scored -> HttpResponse.json(ScoreAnswer.write(scored, table.value(), mapLimit)));
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    return Problem.of(failure, requestId);
  }
}
