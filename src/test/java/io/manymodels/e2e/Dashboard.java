package io.manymodels.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Ray's dashboard: what Serve says of itself, and the call by which KubeRay deploys. */
final class Dashboard {
  private static final String APPLICATIONS = "/api/serve/applications/";
  private static final String APPLICATION = "many-models";
  private static final Duration HEALTHY = Duration.ofSeconds(60);

  private final URI base;
  private @Nullable JsonNode initial;

  Dashboard(URI base) {
    this.base = base;
  }

  private Answer send(HttpRequest.Builder request) {
    try {
      return Answer.of(
          Application.client()
              .send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new AssertionError("the dashboard does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private JsonNode details() {
    return send(HttpRequest.newBuilder(base.resolve(APPLICATIONS))).ok();
  }

  JsonNode application() {
    return details().path("applications").path(APPLICATION);
  }

  /** The configuration that the cluster was started with, if this is called before any change. */
  synchronized JsonNode initialConfig() {
    if (initial == null) {
      initial = application().path("deployed_app_config").deepCopy();
    }
    return initial;
  }

  /** Deploys the initial configuration with other user_configs, and waits until all is HEALTHY. */
  void deploy(Map<String, String> userConfigs) {
    deploy(ServeConfig.with(initialConfig(), userConfigs));
  }

  /** Puts the initial configuration back, unless it is in force. */
  void restore() {
    if (!application().path("deployed_app_config").equals(initialConfig())) {
      deploy(initialConfig());
    }
  }

  private void deploy(JsonNode config) {
    JsonNode before = details();
    ObjectNode document = Answer.JSON.createObjectNode();
    document.set("proxy_location", before.path("proxy_location"));
    document.set("http_options", before.path("http_options"));
    document.putArray("applications").add(config);
    double deployedBefore =
        before.path("applications").path(APPLICATION).path("last_deployed_time_s").asDouble();
    Answer answer =
        send(
            HttpRequest.newBuilder(base.resolve(APPLICATIONS))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(document.toString())));
    if (answer.status() != 200) {
      throw new AssertionError("the dashboard refused the configuration: " + answer);
    }
    Await.until(
        "the new configuration is deployed",
        HEALTHY,
        () -> application().path("last_deployed_time_s").asDouble() > deployedBefore);
    awaitHealthy();
  }

  void awaitHealthy() {
    Await.until("every deployment is HEALTHY", HEALTHY, this::isHealthy);
  }

  private boolean isHealthy() {
    JsonNode application = application();
    return application.path("status").asText().equals("RUNNING")
        && application.path("deployments").properties().stream()
            .allMatch(deployment -> isHealthy(deployment.getValue()));
  }

  private static boolean isHealthy(JsonNode deployment) {
    long running =
        StreamSupport.stream(deployment.path("replicas").spliterator(), false)
            .filter(replica -> replica.path("state").asText().equals("RUNNING"))
            .count();
    return deployment.path("status").asText().equals("HEALTHY")
        && running == deployment.path("target_num_replicas").asLong();
  }

  /** The processes of every deployment's replicas. */
  SortedMap<String, SortedSet<Long>> pids() {
    SortedMap<String, SortedSet<Long>> pids = new TreeMap<>();
    application()
        .path("deployments")
        .properties()
        .forEach(
            deployment -> {
              SortedSet<Long> own = new TreeSet<>();
              for (JsonNode replica : deployment.getValue().path("replicas")) {
                own.add(replica.path("pid").asLong());
              }
              pids.put(deployment.getKey(), own);
            });
    return pids;
  }

  /** The process of the Serve controller. */
  long controllerPid() {
    Answer answer =
        send(
            HttpRequest.newBuilder(
                base.resolve(
                    "/api/v0/actors?detail=1&filter_keys=class_name&filter_predicates=%3D"
                        + "&filter_values=ServeController")));
    return StreamSupport.stream(
            answer.ok().path("data").path("result").path("result").spliterator(), false)
        .filter(actor -> actor.path("state").asText().equals("ALIVE"))
        .mapToLong(actor -> actor.path("pid").asLong())
        .filter(pid -> pid > 0)
        .findFirst()
        .orElse(0);
  }
}
