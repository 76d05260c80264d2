package io.manymodels.deployment;

import io.manymodels.application.OverflowReplica;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.deployment.Messages.HeldModel;
import io.manymodels.deployment.Messages.MeasuredQuestion;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.deployment.Messages.RefreshedModels;
import io.manymodels.deployment.Messages.TenantList;
import io.manymodels.deployment.Messages.TenantQuestion;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.VersionWatch;
import io.manymodels.holding.VersionWord;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.Wire;
import io.manymodels.measuring.ReportBook;
import io.manymodels.rehearsal.Rehearsal;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stores.Stores;
import io.manymodels.time.Ticker;
import io.manymodels.transport.ControlMethods;
import io.ray.serve.api.Serve;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A replica of Deploymentx, as Ray Serve constructs and calls it. Thread-safe. */
public final class OverflowDeployment {
  private final OverflowReplica replica;
  private final VersionWatch versions;
  private final NodeJournals journals;
  private final ReplicaPort port;
  private final ReportBook measured;
  private final OverflowWarmUp warmUp;
  private final AtomicBoolean cold = new AtomicBoolean(true);

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public OverflowDeployment(String applicationJson, String deployment) {
    MissingCallFilter.install();
    ApplicationConfig application = UserConfigJson.application(applicationJson);
    Environment environment = Environment.ofProcess();
    Stores stores = new Stores(environment);
    ReplicaId self = new ReplicaId(deployment, Serve.getReplicaContext().getReplicaTag());
    this.journals = new NodeJournals(stores.runJournals());
    this.replica = new OverflowReplica(self, stores.models(), journals.openOwn());
    this.versions = stores.watch(replica.versions());
    versions.start();
    this.measured = new ReportBook(stores.measurements(), self.name(), deployment, Ticker.SYSTEM);
    this.port =
        ReplicaPort.open(
            ReplicaPort.traced(self, replica.predictor(), environment),
            new ControlMethods(
                Map.of(
                    "postmortem", this::postmortem,
                    "measured", this::measured,
                    "refresh", this::refresh,
                    "versions", this::versions,
                    "expect", this::expect,
                    "held", this::held,
                    "status", this::status),
                () -> 0),
            environment);
    port.measure(stores.measurements());
    Rehearsal rehearsal = Rehearsal.of(environment, stores::apart, Rehearsal.Part.OVERFLOW);
    this.warmUp = new OverflowWarmUp(application, self, replica, rehearsal);
  }

  /** Called by Serve with the user_config as JSON text; never throws. */
  public @Nullable Object reconfigure(Object userConfig) {
    replica.reconfigure(userConfig);
    return null;
  }

  /**
   * Called by Serve: unhealthy, and so replaced, when the threads that answer are blocked. The
   * first call warms up: it comes when the user_config is there, and before Serve counts the
   * replica as running (RayServeWrappedReplica.isInitialized, Ray 2.60.0).
   */
  public boolean checkHealth() {
    if (cold.compareAndSet(true, false)) {
      warmUp.run();
    }
    return port.healthy();
  }

  /** A PredictRequest frame in, a PredictReply frame out. */
  public byte[] predict(byte[] frame) {
    return port.predict(frame);
  }

  /** Where predictions are asked for without Ray; see {@link ReplicaPort#endpoint}. */
  public byte[] endpoint(byte[] nothing) {
    return port.endpoint(nothing);
  }

  /** Tells what another replica of this node left behind; see {@link NodeJournals#postmortem}. */
  public byte[] postmortem(byte[] question) {
    return journals.postmortem(question);
  }

  /** What it has measured: a {@link MeasuredQuestion} in, a MeasuredReport out. */
  public byte[] measured(byte[] question) {
    return Wire.answer(
        question,
        MeasuredQuestion.class,
        asked -> {
          measured.arrived(asked.arrived());
          return measured.next();
        });
  }

  /** Is told of new versions: a {@link VersionWord} in, {@link HeldVersions} out. */
  public byte[] versions(byte[] word) {
    return Wire.answer(word, VersionWord.class, versions::told);
  }

  /** Makes live versions answer: a {@link TenantsQuestion} in, {@link RefreshedModels} out. */
  public byte[] refresh(byte[] question) {
    return Wire.answer(
        question,
        TenantsQuestion.class,
        asked -> new RefreshedModels(replica.refresh(asked.tenants(), asked.deadline())));
  }

  /**
   * Looks up the versions of tenants that SharedMemory is to displace: a {@link TenantsQuestion}
   * in, a {@link TenantList} out.
   */
  public byte[] expect(byte[] question) {
    return Wire.answer(
        question,
        TenantsQuestion.class,
        asked -> new TenantList(List.copyOf(replica.expect(asked.tenants(), asked.deadline()))));
  }

  /**
   * The version of one tenant that it holds: a {@link TenantQuestion} in, a {@link HeldModel} out.
   */
  public byte[] held(byte[] question) {
    return Wire.answer(
        question, TenantQuestion.class, asked -> new HeldModel(replica.version(asked.tenant())));
  }

  /** How this replica stands: a {@link StatusJson.Overflow} out. */
  public byte[] status(byte[] nothing) {
    return Wire.answer(nothing, Nothing.class, asked -> replica.status());
  }
}
