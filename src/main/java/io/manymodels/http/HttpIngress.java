package io.manymodels.http;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.deployment.Dispatcher;
import io.manymodels.json.UserConfigJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The callable that Ray Serve knows as Dispatcher: HTTP in, HTTP out. Thread-safe. No method
 * throws: Serve would call a throwing replica again and never see it idle
 * (RayServeReplicaImpl.handleRequest, Ray 2.60.0).
 */
public final class HttpIngress {
  private static final System.Logger LOG = System.getLogger(HttpIngress.class.getName());

  private final Routes routes;
  private final Dispatcher<DeploymentMap> dispatcher;

  /**
   * Called by Serve.
   *
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public HttpIngress(String applicationJson, String deployment) {
    this(UserConfigJson.application(applicationJson));
  }

  private HttpIngress(ApplicationConfig application) {
    this(Dispatcher.onRay(application, DeploymentMap::of), AdminToken.from(System.getenv()));
  }

  HttpIngress(Dispatcher<DeploymentMap> dispatcher, AdminToken adminToken) {
    this.dispatcher = dispatcher;
    this.routes = new Routes(dispatcher, adminToken);
  }

  /** Called by Serve with the user_config as JSON text. */
  public @Nullable Object reconfigure(Object userConfig) {
    dispatcher.reconfigure(userConfig);
    return null;
  }

  /** Called by Serve. */
  public boolean checkHealth() {
    return true;
  }

  /** Called by Serve for each request: an {@link Envelope} in, one out. */
  public String call(String envelope) {
    String id = "";
    try {
      HttpRequest request = Envelope.read(envelope);
      id = request.id();
      return Envelope.write(answer(request));
    } catch (Throwable e) {
      return Envelope.write(internal(e, id));
    }
  }

  private HttpResponse answer(HttpRequest request) {
    try {
      return routes.answer(request);
    } catch (ServingException e) {
      return e.code() == ErrorCode.INTERNAL
          ? internal(e, request.id())
          : Problem.of(e, request.id());
    } catch (RuntimeException e) {
      return internal(e, request.id());
    }
  }

  private static HttpResponse internal(Throwable defect, String requestId) {
    String id = requestId.isEmpty() ? UUID.randomUUID().toString() : requestId;
    LOG.log(System.Logger.Level.ERROR, "request " + id, defect);
    return Problem.of(
        ErrorCode.INTERNAL,
        "the log has the details under this request id",
        List.of(),
        Map.of(),
        id);
  }
}
