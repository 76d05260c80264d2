package io.manymodels.deployment;

import io.manymodels.application.HotReplica;
import io.manymodels.config.Environment;
import io.manymodels.deployment.Messages.Command;
import io.manymodels.deployment.Messages.MeasuredQuestion;
import io.manymodels.deployment.Messages.RefreshedModels;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.VersionWatch;
import io.manymodels.holding.VersionWord;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.Wire;
import io.manymodels.measuring.ReportBook;
import io.manymodels.rehearsal.Rehearsal;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stores.Stores;
import io.manymodels.time.Ticker;
import io.manymodels.transport.ControlMethods;
import io.ray.serve.api.Serve;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A replica of Deployment1..N. Ray Serve constructs it, hands it its user_config, and asks for its
 * health; Dispatchers call {@link #predict}, SharedMemory calls {@link #control}. Thread-safe.
 */
public final class HotDeployment {
  private final HotReplica replica;
  private final VersionWatch versions;
  private final NodeJournals journals;
  private final ReplicaPort port;
  private final ReportBook measured;
  private final Rehearsal rehearsal;
  private final AtomicBoolean cold = new AtomicBoolean(true);

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public HotDeployment(String applicationJson, String deployment) {
    MissingCallFilter.install();
    var unused = UserConfigJson.application(applicationJson);
    Environment environment = Environment.ofProcess();
    Stores stores = new Stores(environment);
    ReplicaId self = new ReplicaId(deployment, Serve.getReplicaContext().getReplicaTag());
    this.journals = new NodeJournals(stores.runJournals());
    this.replica = new HotReplica(deployment, stores.models(), journals.openOwn());
    this.versions = stores.watch(replica.versions());
    versions.start();
    this.measured =
        new ReportBook(
            stores.measurements(),
            Serve.getReplicaContext().getReplicaTag(),
            deployment,
            Ticker.SYSTEM);
    this.port =
        ReplicaPort.open(
            ReplicaPort.traced(self, replica.predictor(), environment),
            new ControlMethods(
                Map.of(
                    "postmortem", this::postmortem,
                    "measured", this::measured,
                    "refresh", this::refresh,
                    "versions", this::versions,
                    "control", this::control),
                replica::digest),
            environment);
    port.measure(stores.measurements());
    this.rehearsal = Rehearsal.of(environment, stores::apart, Rehearsal.Part.HOT);
  }

  /** Called by Serve with the user_config as JSON text; never throws. */
  public @Nullable Object reconfigure(Object userConfig) {
    replica.reconfigure(userConfig);
    return null;
  }

  /**
   * Called by Serve: unhealthy, and so replaced, when the threads that answer are blocked. The
   * first call rehearses: it comes before Serve counts the replica as running
   * (RayServeWrappedReplica.isInitialized, Ray 2.60.0), and so before SharedMemory promotes anyone
   * into it.
   */
  public boolean checkHealth() {
    if (cold.compareAndSet(true, false)) {
      rehearsal.await();
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

  /** Obeys a command of SharedMemory: a {@link Command} in, a {@link HotReport} out. */
  public byte[] control(byte[] command) {
    return Wire.answer(command, Command.class, this::obey);
  }

  private HotReport obey(Command command) {
    return switch (command.kind()) {
      case STATUS -> replica.status(command.stamp());
      case LOAD -> replica.load(command.tenants(), command.stamp(), command.deadline());
      case UNLOAD -> replica.unload(command.tenants(), command.stamp());
    };
  }
}
