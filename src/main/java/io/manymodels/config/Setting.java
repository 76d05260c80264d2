package io.manymodels.config;

import static io.manymodels.config.SettingReader.COMMANDS;
import static io.manymodels.config.SettingReader.CONTROLLER;
import static io.manymodels.config.SettingReader.LAUNCHER;
import static io.manymodels.config.SettingReader.PROXY;
import static io.manymodels.config.SettingReader.RAY_REPLICAS;
import static io.manymodels.config.SettingReader.REPLICAS;
import static io.manymodels.config.SettingReader.SERVE;

import io.manymodels.config.Values.Fraction;
import io.manymodels.config.Values.Location;
import io.manymodels.config.Values.Protection;
import io.manymodels.config.Values.Secrecy;
import io.manymodels.config.Values.Text;
import io.manymodels.config.Values.WebAddress;
import io.manymodels.config.Values.Whole;
import io.manymodels.config.Values.Words;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An environment variable that some part of the system reads. This is the only list of them:
 * docs/reference.md and the file by which the Python parts know them are generated from it.
 *
 * <p>A secret has a second variable, its name with {@code _FILE} added, which names a file that
 * holds the secret instead.
 */
// All values are records of immutable parts, and the list of readers is a copy.
@SuppressWarnings("ImmutableEnumChecker")
public enum Setting {
  REGISTRY(
      "MANY_MODELS_REGISTRY",
      new Location("file:/srv/models"),
      "Where the models are. Replicas need it; `up`, `serve` and `models` have a default.",
      REPLICAS,
      COMMANDS,
      LAUNCHER),
  STATE(
      "MANY_MODELS_STATE",
      new Location("file:/srv/state"),
      "Where SharedMemory keeps the placement state. Replicas need it; `up` and `serve` have a"
          + " default.",
      REPLICAS,
      LAUNCHER),
  WARM(
      "MANY_MODELS_WARM",
      new Location("redis://host:6379/0"),
      "The warm store: artifacts between the nodes and the registry, and news of new versions.",
      REPLICAS,
      COMMANDS),
  NODE_CACHE(
      "MANY_MODELS_NODE_CACHE",
      new Location("file:/dev/shm/many-models?mib=256"),
      "The cache of artifacts that the processes of a node share. `up` has a default.",
      REPLICAS,
      LAUNCHER),
  VERSION_POLL_S(
      "MANY_MODELS_VERSION_POLL_S",
      new Whole(1, 86_400),
      "5",
      "Seconds between two polls of the registry for new versions.",
      REPLICAS),
  ADMIN_TOKEN(
      "MANY_MODELS_ADMIN_TOKEN",
      Secrecy.token(),
      "The token that admin calls must send. Without it, anybody may make them.",
      REPLICAS,
      COMMANDS),
  CALLERS(
      "MANY_MODELS_CALLERS",
      new Protection("a file of callers, as docs/access.md describes it"),
      "The file that says who may ask for what. It is watched. Without it, anybody may score.",
      REPLICAS,
      COMMANDS),
  DIRECT_PORT(
      "MANY_MODELS_DIRECT_PORT",
      new Whole(0, 65_535),
      "The port on which the Dispatchers listen for HTTP themselves; 0 takes any free one for each"
          + " Dispatcher. Without it they do not listen; `up` makes it 8001, or what"
          + " `--direct-port` says. The port of `serve`, unless `--port` names another.",
      REPLICAS,
      LAUNCHER),
  DIRECT_HOST(
      "MANY_MODELS_DIRECT_HOST",
      new Text("an address of this node"),
      "The address of that port. Without it, the one by which Ray knows the node; for `serve` "
          + "loopback. `up` makes it loopback.",
      REPLICAS),
  /**
   * By default below the 240 s after which Azure's load balancers forget a connection without a
   * word, so that the client hears of its end.
   */
  DIRECT_IDLE_SECONDS(
      "MANY_MODELS_DIRECT_IDLE_SECONDS",
      new Whole(10, 86_400),
      "200",
      "Seconds after which an idle connection to that port, or for gRPC, is closed. Keep it above "
          + "the idle time of a proxy in front that reuses connections, and below that of a load "
          + "balancer that drops them silently.",
      REPLICAS),
  INPUT_NAMES(
      "MANY_MODELS_INPUT_NAMES",
      Words.of("exact", "any"),
      "exact",
      "Whether Open Inference Protocol V2 takes the only input of a request for the only input of a"
          + " model whatever its name is. Clients of scikit-learn servers send names such as "
          + "`input-0`.",
      REPLICAS),
  GRPC_PORT(
      "MANY_MODELS_GRPC_PORT",
      new Whole(0, 65_535),
      "The port on which the Dispatchers listen for gRPC; 0 takes any free one for each Dispatcher."
          + " Without it they do not listen, unless `--grpc-port` of `up` or `serve` names one.",
      REPLICAS,
      LAUNCHER),
  GRPC_HOST(
      "MANY_MODELS_GRPC_HOST",
      new Text("an address of this node"),
      "The address of that port. Without it, the one on which the same process listens for HTTP.",
      REPLICAS),
  GRPC_MAX_MESSAGE_MIB(
      "MANY_MODELS_GRPC_MAX_MESSAGE_MIB",
      new Whole(1, 1_024),
      "64",
      "MiB of a gRPC message at most, also after it has been unpacked. The limits for rows and "
          + "values count as well.",
      REPLICAS),
  GRPC_REFLECTION(
      "MANY_MODELS_GRPC_REFLECTION",
      Words.of("on", "off"),
      "off",
      "Whether clients such as grpcurl may ask the gRPC port which methods and messages it has.",
      REPLICAS),
  /** So that a Dispatcher that starts gets its share of the clients. */
  GRPC_AGE_SECONDS(
      "MANY_MODELS_GRPC_AGE_SECONDS",
      new Whole(10, 31_536_000),
      "1800",
      "Seconds after which a gRPC connection is closed when its calls are answered. Its client "
          + "connects anew, maybe to another Dispatcher.",
      REPLICAS),
  DIRECT_REQUEST_SECONDS(
      "MANY_MODELS_DIRECT_REQUEST_SECONDS",
      new Whole(1, 3_600),
      "30",
      "Seconds in which a whole request must arrive on that port, or for gRPC, its body included.",
      REPLICAS),
  TLS_CERT_FILE(
      "MANY_MODELS_TLS_CERT_FILE",
      new Protection("a PEM file that can be read"),
      "The certificate chain for TLS on the ports for clients, the direct one and that for gRPC. "
          + "The file is watched.",
      REPLICAS),
  TLS_KEY_FILE(
      "MANY_MODELS_TLS_KEY_FILE",
      new Protection("a PEM file that can be read"),
      "The key of that certificate, in PKCS #8. The file is watched.",
      REPLICAS),
  TLS_CLIENT_CA_FILE(
      "MANY_MODELS_TLS_CLIENT_CA_FILE",
      new Protection("a PEM file that can be read"),
      "The authorities that sign clients' certificates (mutual TLS): without such a certificate "
          + "nobody connects. The file is watched.",
      REPLICAS),
  CORS_ORIGINS(
      "MANY_MODELS_CORS_ORIGINS",
      new Text("`*`, or origins such as https://app.example.com, separated by commas"),
      "The web pages whose scripts may call (CORS), by their origin. None without it.",
      REPLICAS),
  SCORE_CODINGS(
      "MANY_MODELS_SCORE_CODINGS",
      Words.of("none", "gzip"),
      "none",
      "Whether `/score` takes compressed bodies: `none` of them, or `gzip` and deflate, as the"
          + " other protocols do.",
      REPLICAS),
  DRAIN_S(
      "MANY_MODELS_DRAIN_S",
      new Whole(0, 300),
      "1",
      "Seconds for which `serve` goes on answering after SIGTERM, while its health check "
          + "`/-/ready` fails. Make it longer than a load balancer needs to notice.",
      SERVE),
  REHEARSAL(
      "MANY_MODELS_REHEARSAL",
      Words.of("on", "off"),
      "on",
      "Whether a new replica first loads made-up models and predicts with them until its code is "
          + "compiled, for two seconds of one core at most. `serve` does so beside its first "
          + "requests.",
      REPLICAS),
  TRANSPORT(
      "MANY_MODELS_TRANSPORT",
      Words.of("framed", "ray"),
      "framed",
      "How predictions get from a Dispatcher to a replica: over the replica's own port, or by Ray.",
      RAY_REPLICAS),
  TRANSPORT_CERT_FILE(
      "MANY_MODELS_TRANSPORT_CERT_FILE",
      new Protection("a PEM file that can be read"),
      "The certificate for TLS between replicas. All three files are needed, or none.",
      RAY_REPLICAS),
  TRANSPORT_KEY_FILE(
      "MANY_MODELS_TRANSPORT_KEY_FILE",
      new Protection("a PEM file that can be read"),
      "The key of that certificate, in PKCS #8.",
      RAY_REPLICAS),
  TRANSPORT_CA_FILE(
      "MANY_MODELS_TRANSPORT_CA_FILE",
      new Protection("a PEM file that can be read"),
      "The authority that has signed the certificates of all replicas.",
      RAY_REPLICAS),
  REDIS_USERNAME(
      "MANY_MODELS_REDIS_USERNAME",
      new Text("a user of Redis"),
      "The user that logs in to Redis. Without it, the user `default`.",
      REPLICAS,
      COMMANDS),
  REDIS_PASSWORD(
      "MANY_MODELS_REDIS_PASSWORD",
      Secrecy.any(),
      "The password for Redis. A file is read for every connection, so it can be replaced.",
      REPLICAS,
      COMMANDS),
  AZURE_STORAGE_CONNECTION_STRING(
      "AZURE_STORAGE_CONNECTION_STRING",
      Secrecy.any(),
      "How to sign in to Azure Blob Storage: the first of these three that is set, else the "
          + "machine's identity.",
      REPLICAS,
      COMMANDS),
  AZURE_STORAGE_SAS_TOKEN(
      "AZURE_STORAGE_SAS_TOKEN",
      Secrecy.any(),
      "A SAS token of the container or the account.",
      REPLICAS,
      COMMANDS),
  AZURE_STORAGE_KEY(
      "AZURE_STORAGE_KEY", Secrecy.any(), "The key of the account.", REPLICAS, COMMANDS),
  LOG(
      "MANY_MODELS_LOG",
      Words.of("text", "json"),
      "text",
      "The form of the log on stderr: a line of text for each event, or a JSON object on a line,"
          + " with the ids of request and trace.",
      REPLICAS),
  ACCESS_LOG(
      "MANY_MODELS_ACCESS_LOG",
      new Fraction(),
      "0",
      "The share of requests that the log gets a line of: 0 for none, 0.01 for one in a hundred, 1 "
          + "for all.",
      REPLICAS),
  OTEL_EXPORTER_OTLP_ENDPOINT(
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      new WebAddress("http://collector:4318"),
      "The OpenTelemetry collector that gets traces, by OTLP over HTTP with protobuf; `/v1/traces`"
          + " is added. Without it nothing is traced.",
      REPLICAS),
  OTEL_EXPORTER_OTLP_HEADERS(
      "OTEL_EXPORTER_OTLP_HEADERS",
      Secrecy.any(),
      "Headers that the collector wants, as `name=value` with commas between; values are "
          + "percent-encoded.",
      REPLICAS),
  OTEL_SERVICE_NAME(
      "OTEL_SERVICE_NAME",
      new Text("a name"),
      "many-models",
      "The name of the service in traces.",
      REPLICAS),
  OTEL_RESOURCE_ATTRIBUTES(
      "OTEL_RESOURCE_ATTRIBUTES",
      new Text("`name=value` with commas between; values are percent-encoded"),
      "What else traces tell of their processes.",
      REPLICAS),
  OTEL_TRACES_SAMPLER(
      "OTEL_TRACES_SAMPLER",
      Words.of(
          "always_on",
          "always_off",
          "traceidratio",
          "parentbased_always_on",
          "parentbased_always_off",
          "parentbased_traceidratio"),
      "parentbased_always_on",
      "Which requests are traced. The `parentbased_` ones do as the client's `traceparent` says.",
      REPLICAS),
  OTEL_TRACES_SAMPLER_ARG(
      "OTEL_TRACES_SAMPLER_ARG",
      new Fraction(),
      "1",
      "The share of requests that the samplers with `traceidratio` trace, in 0..1.",
      REPLICAS),
  AUTOSCALE(
      "MANY_MODELS_AUTOSCALE",
      new Text(
          "DEPLOYMENT=LEAST..MOST@REQUESTS, such as Deploymentx=1..4@150, or several with blanks"
              + " between"),
      "The deployments that are scaled by load: within LEAST..MOST replicas, one for each REQUESTS "
          + "a second. None without it.",
      CONTROLLER,
      LAUNCHER),
  AUTOSCALE_UP_S(
      "MANY_MODELS_AUTOSCALE_UP_S",
      new Whole(1, 86_400),
      "10",
      "Seconds for which more replicas must have been needed before some are added.",
      CONTROLLER,
      LAUNCHER),
  AUTOSCALE_DOWN_S(
      "MANY_MODELS_AUTOSCALE_DOWN_S",
      new Whole(1, 86_400),
      "300",
      "Seconds for which fewer replicas must have sufficed before some are removed; at least as "
          + "many as to add them.",
      CONTROLLER,
      LAUNCHER),
  URL(
      "MANY_MODELS_URL",
      new WebAddress("http://127.0.0.1:8000"),
      "The running application, which `./many-models models` asks to confirm changes. The launcher "
          + "names its own instance.",
      COMMANDS,
      LAUNCHER),
  EXTRA_JARS(
      "MANY_MODELS_EXTRA_JARS",
      new Text("jars, separated by colons"),
      "Jars with your own model loaders. `up` gives them to the replicas.",
      LAUNCHER),
  JAVA_OPTIONS(
      "MANY_MODELS_JAVA_OPTIONS",
      new Text("options of the JVM, separated by blanks"),
      "Options for every JVM that the launcher starts; they come last, so they win.",
      LAUNCHER),
  BARE_PREFIXES(
      "MANY_MODELS_BARE_PREFIXES",
      new Text("paths, separated by commas"),
      "For the bench: requests to these paths reach Ray unchanged.",
      PROXY),
  BRIDGE_OFF(
      "MANY_MODELS_BRIDGE_OFF",
      new Text("names of patches, separated by commas"),
      "For tests: patches of Ray that are left out.",
      PROXY,
      CONTROLLER),
  RAY_TEMP(
      "MANY_MODELS_RAY_TEMP",
      new Text("a folder"),
      "Set by `up` in everything that it starts, to find it again. Not for you to set.",
      LAUNCHER);

  private static final String FILE_SUFFIX = "_FILE";

  private final String variable;

  // Records of immutable parts.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Values values;

  private final @Nullable String byDefault;
  private final String meaning;

  // A copy that nobody can change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<SettingReader> readers;

  Setting(String variable, Values values, String meaning, SettingReader... readers) {
    this(variable, values, null, meaning, readers);
  }

  Setting(
      String variable,
      Values values,
      @Nullable String byDefault,
      String meaning,
      SettingReader... readers) {
    this.variable = variable;
    this.values = values;
    this.byDefault = byDefault;
    this.meaning = meaning;
    this.readers = List.of(readers);
  }

  /** Whether a setting, or the file of one, has this variable. */
  static boolean isKnown(String variable) {
    return Arrays.stream(values())
        .anyMatch(each -> List.of(each.variables().split(" or ")).contains(variable));
  }

  /** The name of the environment variable. */
  public String variable() {
    return variable;
  }

  /**
   * The variable that names a file with the value; empty for what is no secret, and for the
   * variables of Azure's own tools, which know no files.
   */
  public Optional<String> fileVariable() {
    return isSecret() && variable.startsWith("MANY_MODELS_")
        ? Optional.of(variable + FILE_SUFFIX)
        : Optional.empty();
  }

  /** The names of the variable and of that for its file, as {@code X or X_FILE}. */
  public String variables() {
    return fileVariable().map(file -> variable + " or " + file).orElse(variable);
  }

  public boolean isSecret() {
    return values instanceof Secrecy;
  }

  /** The values that the variable takes. */
  public Values takes() {
    return values;
  }

  /** The value when the variable is not set; empty when it has no default. */
  public Optional<String> byDefault() {
    return Optional.ofNullable(byDefault);
  }

  /** The purpose of the setting, in a sentence or two of Markdown. */
  public String meaning() {
    return meaning;
  }

  public List<SettingReader> readers() {
    return readers;
  }

  /**
   * Refuses a value.
   *
   * @return names the variable, the value unless it may hold a secret, and what is allowed
   */
  IllegalArgumentException refused(String value) {
    String shown = values.isShown() ? "'" + value + "'" : "the value";
    return new IllegalArgumentException(variable + ": " + shown + " is not " + values.allowed());
  }
}
