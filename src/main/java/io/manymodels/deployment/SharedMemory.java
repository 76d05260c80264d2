package io.manymodels.deployment;

import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.MeasuredFleet;
import io.manymodels.application.PlacementService;
import io.manymodels.application.SharedMemoryCalls;
import io.manymodels.application.TenantSearch;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.deployment.Messages.BusiestQuestion;
import io.manymodels.deployment.Messages.FiguresList;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.deployment.Messages.PoolChange;
import io.manymodels.deployment.Messages.RatesReport;
import io.manymodels.deployment.Messages.TableAnswer;
import io.manymodels.deployment.Messages.TableQuestion;
import io.manymodels.deployment.Messages.TenantList;
import io.manymodels.deployment.Messages.TenantQuestion;
import io.manymodels.deployment.Messages.TrafficReport;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.Wire;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.ReportBook;
import io.manymodels.placing.TableBoard;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.Predictor;
import io.manymodels.stores.Stores;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.ControlMethods;
import io.ray.serve.api.Serve;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The one replica of SharedMemory, as Ray Serve constructs and calls it. Dispatchers fetch the
 * table, report hits and pass operators' changes on; hot replicas are commanded from here.
 * Thread-safe.
 *
 * <p>Its methods that take bytes are called by {@link RemoteSharedMemory}: a record of {@link
 * Messages} in, a {@link io.manymodels.json.Reply} out, both by {@link Wire}.
 */
public final class SharedMemory {
  /** It holds no models. */
  private static final Predictor NOBODY = (request, answer) -> answer.accept(new NotHere());

  private final SharedMemoryCalls answers;
  private final ReplicaPort port;
  private final Consumer<@Nullable Object> config;
  private final BooleanSupplier alive;

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public SharedMemory(String applicationJson, String deployment) {
    MissingCallFilter.install();
    ApplicationConfig application = UserConfigJson.application(applicationJson);
    Environment environment = Environment.ofProcess();
    Stores stores = new Stores(environment);
    List<String> watched = new ArrayList<>(application.holding());
    watched.add(application.dispatcher());
    RayReplicaDirectory directory = new RayReplicaDirectory(application.application(), watched);
    this.port = ReplicaPort.open(NOBODY, new ControlMethods(methods(), () -> 0), environment);
    Measurements measurements = stores.measurements();
    port.measure(measurements);
    HoldingCalls holders = HoldingCalls.from(application, directory, port.loops(), environment);
    PlacementService service =
        new PlacementService(
            application,
            directory,
            new RemoteHotReplicas(holders.client(), holders.digests()),
            new RemoteOverflowReplicas(holders.client()),
            stores.placement(),
            stores.registry(),
            MeasuredFleet.start(
                new ReportBook(
                    measurements,
                    Serve.getReplicaContext().getReplicaTag(),
                    deployment,
                    Ticker.SYSTEM),
                directory,
                application.holding(),
                new RemoteMeasuredReplicas(holders.client())));
    this.answers = service.calls();
    this.config = service::reconfigure;
    this.alive = () -> service.alive() && port.healthy();
    directory.start();
    holders.digests().ifPresent(digests -> digests.start(service::lookAnew));
    service.start();
    stores
        .watcher(
            directory,
            application.holding(),
            new RemoteVersionHolders(holders.client()),
            service::alive)
        .start();
  }

  private Map<String, UnaryOperator<byte[]>> methods() {
    return Map.ofEntries(
        Map.entry("table", this::table),
        Map.entry("rates", this::rates),
        Map.entry("traffic", this::traffic),
        Map.entry("measured", this::measured),
        Map.entry("tenants", this::tenants),
        Map.entry("figures", this::figures),
        Map.entry("pool", this::pool),
        Map.entry("explain", this::explain),
        Map.entry("decisions", this::decisions),
        Map.entry("busiest", this::busiest),
        Map.entry("status", this::status));
  }

  /** Answers calls by {@code answers}, without placement of its own; for tests. */
  SharedMemory(SharedMemoryCalls answers) {
    this.answers = answers;
    this.port = ReplicaPort.closed(NOBODY);
    this.config = taken -> {};
    this.alive = () -> true;
  }

  /** Called by Serve with the user_config as JSON text; never throws. */
  public @Nullable Object reconfigure(Object userConfig) {
    config.accept(userConfig);
    return null;
  }

  /** Called by Serve: unhealthy, and so replaced, once another SharedMemory has taken over. */
  public boolean checkHealth() {
    return alive.getAsBoolean();
  }

  /** Where it is called without Ray; see {@link ReplicaPort#endpoint}. */
  public byte[] endpoint(byte[] nothing) {
    return port.endpoint(nothing);
  }

  /** See {@link SharedMemoryCalls#table}. */
  public byte[] table(byte[] question) {
    return Wire.answer(
        question,
        TableQuestion.class,
        asked -> TableAnswer.of(answers.table(asked.reader(), asked.known(), soon())));
  }

  /** See {@link SharedMemoryCalls#rates}. */
  public byte[] rates(byte[] report) {
    return Wire.answer(
        report,
        RatesReport.class,
        reported -> answers.rates(reported.reader(), reported.rates(), soon()));
  }

  /** See {@link SharedMemoryCalls#traffic}. */
  public byte[] traffic(byte[] report) {
    return Wire.answer(
        report,
        TrafficReport.class,
        reported -> {
          answers.traffic(reported.tenants(), reported.measured(), soon());
          return Nothing.NOTHING;
        });
  }

  /** See {@link SharedMemoryCalls#measured}. */
  public byte[] measured(byte[] nothing) {
    return Wire.answer(nothing, Nothing.class, asked -> answers.measured(soon()));
  }

  /** See {@link SharedMemoryCalls#tenants}. */
  public byte[] tenants(byte[] search) {
    return Wire.answer(
        search, TenantSearch.class, asked -> new FiguresList(answers.tenants(asked, soon())));
  }

  /** See {@link SharedMemoryCalls#figures}. */
  public byte[] figures(byte[] question) {
    return Wire.answer(
        question,
        TenantQuestion.class,
        asked ->
            new FiguresList(answers.figures(asked.tenant(), asked.deadline()).stream().toList()));
  }

  /** See {@link SharedMemoryCalls#replaceDedicatedPool}. */
  public byte[] pool(byte[] change) {
    return Wire.answer(
        change,
        PoolChange.class,
        asked -> {
          answers.replaceDedicatedPool(asked.mapping(), asked.deadline());
          return Nothing.NOTHING;
        });
  }

  /** See {@link SharedMemoryCalls#explain}. */
  public byte[] explain(byte[] question) {
    return Wire.answer(
        question, TenantQuestion.class, asked -> answers.explain(asked.tenant(), asked.deadline()));
  }

  /** See {@link SharedMemoryCalls#decisions}. */
  public byte[] decisions(byte[] question) {
    return Wire.answer(
        question, DecisionsQuestion.class, asked -> answers.decisions(asked, soon()));
  }

  /** See {@link SharedMemoryCalls#busiest}. */
  public byte[] busiest(byte[] question) {
    return Wire.answer(
        question,
        BusiestQuestion.class,
        asked -> new TenantList(answers.busiest(asked.limit(), asked.deadline())));
  }

  /** See {@link SharedMemoryCalls#status}. */
  public byte[] status(byte[] nothing) {
    return Wire.answer(nothing, Nothing.class, asked -> answers.status(soon()));
  }

  /** For questions that are answered at once, or after the longest poll. */
  private static Deadline soon() {
    return Deadline.after(TableBoard.MAX_POLL, Ticker.SYSTEM);
  }
}
