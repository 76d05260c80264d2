package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandEnvironment;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ExitCodes;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.cli.console.StoreLocation;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.stores.Stores;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of every command on models: its registry, its output, and its report of failures. */
public final class RegistryOptions {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--registry",
      paramLabel = "URI",
      description = "The registry, a folder or a URI (default: MANY_MODELS_REGISTRY).")
  private @Nullable String registry;

  @Option(names = "--json", description = "Print JSON, and nothing else, on stdout.")
  private boolean json;

  @Mixin HelpOption help = new HelpOption();

  /** Runs with the registry, which is closed afterwards; what it throws names the registry. */
  void reading(Consumer<ModelRegistry> use) {
    with(Stores::registry, use);
  }

  void writing(Consumer<WritableModelRegistry> use) {
    with(Stores::writableRegistry, use);
  }

  private <R extends ModelRegistry> void with(Function<Stores, R> open, Consumer<R> use) {
    R opened;
    try {
      opened = open.apply(stores());
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("--registry", store(), String.valueOf(e.getMessage()));
    }
    try (opened) {
      use.accept(opened);
    } catch (ServingException e) {
      throw failure(e);
    }
  }

  Stores stores() {
    return new Stores(environment().with(Setting.REGISTRY, location()));
  }

  Environment environment() {
    return CommandEnvironment.of(spec());
  }

  /** The failure with the registry's name, and the exit code that its code means. */
  CommandFailedException failure(ServingException e) {
    return CommandFailedException.of(
        ExitCodes.of(e.code()), e.getMessage() + " (registry " + store() + ")");
  }

  /** The registry's URI as it may be shown: without what somebody may have put into it. */
  String store() {
    return StoreLocation.shown(location());
  }

  boolean json() {
    return json;
  }

  /** The object as a line of JSON, or the text. */
  void print(Object object, String text) {
    PrintWriter out = spec().commandLine().getOut();
    out.print((json ? Json.write(object) : text) + "\n");
    out.flush();
  }

  PrintWriter err() {
    return spec().commandLine().getErr();
  }

  void warn(String text) {
    err().print("many-models: warning: " + text + "\n");
    err().flush();
  }

  static TenantId tenant(String text) {
    try {
      return new TenantId(text);
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("TENANT", text, String.valueOf(e.getMessage()));
    }
  }

  private String location() {
    String location = registry != null ? StoreLocation.of("--registry", registry) : named();
    if (location.isEmpty()) {
      throw new BadInputException(
          "--registry is missing, and "
              + Setting.REGISTRY.variable()
              + " is not set; "
              + Setting.REGISTRY.takes().allowed());
    }
    return location;
  }

  private String named() {
    try {
      return environment().text(Setting.REGISTRY).orElse("");
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(command);
  }
}
