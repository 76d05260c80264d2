package io.manymodels.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.access.AdminToken;
import io.manymodels.access.OpenGate;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.Dispatchers;
import io.manymodels.application.ServedModels;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.http.DeploymentMap;
import io.manymodels.http.EdgeOptions;
import io.manymodels.http.HttpEdge;
import io.manymodels.observing.RequestObserver;
import io.manymodels.stores.Stores;
import io.manymodels.testing.FakeCluster;
import io.manymodels.transport.EventLoops;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Serve calls; that requests are answered well is what HttpEdgeTest is about. */
class HttpIngressTest {
  private static final ApplicationConfig APPLICATION =
      new ApplicationConfig(
          "many-models", List.of("Deployment1"), "Deploymentx", "SharedMemory", "Dispatcher");

  private final FakeCluster cluster = new FakeCluster(APPLICATION);
  private final Dispatcher<DeploymentMap> dispatcher =
      Dispatchers.dispatcher(APPLICATION, cluster, cluster, cluster, cluster, DeploymentMap::of);
  private final EventLoops loops = EventLoops.start("test-http");
  private final Stores stores = new Stores(Environment.empty());
  private final ServedModels models =
      new ServedModels(dispatcher, stores.descriptions(), stores::registry);
  private final HttpIngress ingress =
      new HttpIngress(
          dispatcher,
          new HttpEdge(
              dispatcher,
              models,
              List.of(),
              OpenGate.with(AdminToken.from(Environment.empty())),
              EdgeOptions.DEFAULT,
              RequestObserver.NONE,
              loops,
              "127.0.0.1",
              Optional.empty()),
          loops);

  @AfterEach
  void close() {
    ingress.del();
    loops.close();
  }

  @Test
  void serveGetsAnAnswerWhateverPortItAsksFor() {
    for (String wanted : List.of("0", "", "x", "-1", "99999999999")) {
      assertThat(ingress.ingressPort(wanted)).isEqualTo("0");
    }
  }

  @Test
  void itAnswersIsHealthyAndTakesAUserConfig() {
    assertThat(ingress.call("{\"tenant\":\"tenant01\",\"data\":[[1]]}")).contains("\"s\":200");
    assertThat(ingress.checkHealth()).isTrue();
    ingress.reconfigure("{\"max_rows\":7}");
    assertThat(dispatcher.config().maxRows()).isEqualTo(7);
  }
}
