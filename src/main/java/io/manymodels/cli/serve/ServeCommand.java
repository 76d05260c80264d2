package io.manymodels.cli.serve;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandEnvironment;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.cli.console.StoreLocation;
import io.manymodels.cli.console.WholeNumber;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.http.DirectAddress;
import io.manymodels.standalone.ConfigWatch;
import io.manymodels.standalone.MachineDefaults;
import io.manymodels.standalone.OneProcess;
import io.manymodels.standalone.ServedApplication;
import io.manymodels.stores.Stores;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves models from this process until it is told to end. */
@Command(
    name = "serve",
    description =
        "Serve models from this one process, without Ray, until it gets SIGTERM or Ctrl-C.")
public final class ServeCommand implements Runnable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int DEFAULT_PORT = 8080;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--registry",
      paramLabel = "URI",
      description =
          "Where the models are: a folder, or a URI as in docs/stores.md. Default:"
              + " MANY_MODELS_REGISTRY, else the folder registry/, which is made.")
  private @Nullable String registry;

  @Option(
      names = "--state",
      paramLabel = "URI",
      description =
          "Where placement is kept for the next start, likewise. Default: MANY_MODELS_STATE, else a"
              + " folder for this registry in ~/.many-models.")
  private @Nullable String state;

  @Option(
      names = "--port",
      paramLabel = "N",
      converter = Port.class,
      description =
          "Port for requests; 0 is any free one. Default: MANY_MODELS_DIRECT_PORT, else 8080.")
  private @Nullable Integer port;

  @Option(
      names = "--grpc-port",
      paramLabel = "N",
      converter = Port.class,
      description =
          "Port for gRPC, on the same address; 0 is any free one. Default: MANY_MODELS_GRPC_PORT,"
              + " else none.")
  private @Nullable Integer grpcPort;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Address to listen on; 0.0.0.0 is every one. Default: MANY_MODELS_DIRECT_HOST, else"
              + " 127.0.0.1.")
  private @Nullable String host;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Deployments and their user_configs, such as deploy/rayservice.yaml. It is watched."
              + " Default: none; sizes follow from the machine.")
  private @Nullable String config;

  @Mixin HelpOption help = new HelpOption();

  /** A port, or 0. */
  static final class Port extends WholeNumber {
    Port() {
      super(0, 65_535);
    }
  }

  @Override
  public void run() {
    DeploymentNews.leaveOut();
    Environment environment = CommandEnvironment.of(command());
    environment.unknown().forEach(name -> warn(name + " is not a variable that is known here"));
    ServeStores stores = ServeStores.choose(environment, registry, state);
    Optional<Path> file = Optional.ofNullable(config).map(name -> ModelFile.path("--config", name));
    Optional<ConfigWatch.Content> content = file.map(this::content);
    long memoryBytes = new Stores(stores.environment()).memoryBytes();
    ServedApplication served =
        content.map(ConfigWatch.Content::served).orElseGet(() -> defaults(memoryBytes));
    if (!served.skipped().isEmpty()) {
      warn("for Ray only, and passed over: " + String.join(", ", served.skipped()));
    }
    warnOfSizes(served, memoryBytes);
    Duration lead = lead(environment);
    OneProcess process = start(stores.environment(), served);
    file.ifPresent(
        path ->
            ConfigWatch.start(
                path, content.orElseThrow(), process::reconfigure, process::refuseConfig));
    TerminationSignals.endAfter(() -> process.drain(lead));
    tell(process, stores);
    awaitSignal();
  }

  private void warnOfSizes(ServedApplication served, long memoryBytes) {
    long models = served.modelsMib();
    long memory = memoryBytes >> 20;
    if (models > memory) {
      warn(
          "the deployments may hold "
              + models
              + " MiB of models together (capacity_mib), and this process may have "
              + memory
              + "; loads are refused when it is full");
    }
  }

  private static Duration lead(Environment environment) {
    try {
      return Duration.ofSeconds(environment.number(Setting.DRAIN_S));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
  }

  private ConfigWatch.Content content(Path path) {
    try {
      return ConfigWatch.read(path);
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("--config", path.toString(), String.valueOf(e.getMessage()));
    }
  }

  private static ServedApplication defaults(long memoryBytes) {
    return MachineDefaults.of(memoryBytes, Runtime.getRuntime().availableProcessors());
  }

  private OneProcess start(Environment environment, ServedApplication served) {
    DirectAddress address;
    try {
      address = address(environment);
      return OneProcess.start(withGrpcPort(environment), served, address);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailedException.failed(
          "cannot listen on "
              + e.getMessage()
              + "; choose another with --port, --grpc-port or --host");
    }
  }

  private Environment withGrpcPort(Environment environment) {
    return grpcPort == null
        ? environment
        : environment.with(Setting.GRPC_PORT, grpcPort.toString());
  }

  private DirectAddress address(Environment environment) {
    return DirectAddress.of(environment, host(environment), port(environment));
  }

  private String host(Environment environment) {
    return host != null ? host : environment.text(Setting.DIRECT_HOST).orElse(LOOPBACK);
  }

  private int port(Environment environment) {
    return port != null
        ? port
        : environment.text(Setting.DIRECT_PORT).map(Integer::parseInt).orElse(DEFAULT_PORT);
  }

  private void tell(OneProcess process, ServeStores stores) {
    String scheme = stores.environment().has(Setting.TLS_CERT_FILE) ? "https" : "http";
    String url = scheme + "://" + reachable(host(stores.environment())) + ":" + process.port();
    PrintWriter out = command().commandLine().getOut();
    out.print("Many Models Serving is up, in one process\n");
    out.print("  score      POST " + url + "/score\n");
    out.print("  status     GET " + url + "/status\n");
    process
        .grpc()
        .ifPresent(
            grpc -> out.print("  gRPC       " + reachable(grpc.host()) + ":" + grpc.port() + "\n"));
    out.print("  registry   " + shown(stores.registry()) + "\n");
    out.print("  state      " + shown(stores.state()) + "\n");
    out.print("  config     " + (config == null ? "by this machine" : config) + "\n");
    out.print("  stop       Ctrl-C, or kill " + ProcessHandle.current().pid() + "\n");
    out.flush();
  }

  private static String reachable(String host) {
    return host.equals("0.0.0.0") ? LOOPBACK : host;
  }

  private static String shown(String uri) {
    return ServeStores.folder(uri).map(Path::toString).orElseGet(() -> StoreLocation.shown(uri));
  }

  /** A signal ends the process, so this never returns. */
  private static void awaitSignal() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warn(String text) {
    PrintWriter err = command().commandLine().getErr();
    err.print("many-models: warning: " + text + "\n");
    err.flush();
  }

  private CommandSpec command() {
    return Objects.requireNonNull(spec);
  }
}
