package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.NotConfirmedException;
import io.manymodels.cli.console.WholeNumber;
import io.manymodels.config.Setting;
import io.manymodels.json.ModelsJson.Application;
import io.manymodels.json.VersionsJson;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command that changes what is live tells the running application. */
final class ApplicationOptions {
  private static final int MAX_SHOWN = 20;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "Address of the application, such as http://127.0.0.1:8000 (default: MANY_MODELS_URL).")
  private @Nullable String url;

  @Option(names = "--no-wait", description = "Do not ask the application to confirm.")
  private boolean noWait;

  @Option(
      names = "--timeout-s",
      paramLabel = "S",
      converter = Seconds.class,
      description =
          "Seconds to wait for each answer of the application (default ${DEFAULT-VALUE}).")
  private int timeoutSeconds = 30;

  /** An hour at most. */
  static final class Seconds extends WholeNumber {
    Seconds() {
      super(1, 3_600);
    }
  }

  /**
   * Throws {@link BadInputException} when an option is wrong: to be asked before anything is done.
   */
  void check(RegistryOptions registry) {
    if (address(registry).isPresent() && !noWait) {
      var unusedToken = BearerToken.from(registry.environment());
    }
  }

  /**
   * Announces the tenants and waits until the application serves what is live now.
   *
   * @param expected the tenants that changed, each with its version; none when it was deleted
   */
  Application tell(RegistryOptions registry, SortedMap<TenantId, Optional<ModelVersion>> expected) {
    return tell(registry, expected, true);
  }

  /**
   * As {@link #tell(RegistryOptions, SortedMap)}.
   *
   * @param tried whether the models were loaded before; else it is told when no replica has loaded
   *     one, for then nobody has
   */
  Application tell(
      RegistryOptions registry,
      SortedMap<TenantId, Optional<ModelVersion>> expected,
      boolean tried) {
    if (expected.isEmpty()) {
      return new Application("not-asked", null, "nothing that is live has changed");
    }
    announce(registry, expected);
    Optional<URI> address = address(registry);
    if (noWait) {
      return new Application("not-asked", null, "--no-wait was given");
    }
    if (address.isEmpty()) {
      return new Application(
          "not-asked", null, "its address is not known (--url, " + Setting.URL.variable() + ")");
    }
    try {
      RunningApplication application =
          new RunningApplication(
              address.get(), BearerToken.from(registry.environment()), timeout());
      Map<TenantId, VersionsJson.Model> models =
          application.refresh(List.copyOf(expected.keySet()));
      Application told = answer(models, expected);
      return !tried && told.state().equals("confirmed")
          ? new Application(told.state(), null, unloaded(models.values(), expected.size()))
          : told;
    } catch (NotConfirmedException e) {
      return new Application("unconfirmed", null, e.getMessage());
    }
  }

  /**
   * Throws unless the application confirmed or was not asked.
   *
   * @param done what is true in the registry, as {@code "tenant1/3: published and live"}
   */
  static void require(Application told, RegistryOptions registry, String done) {
    String what = done + " in the registry " + registry.store();
    List<VersionsJson.Model> models = told.models() == null ? List.of() : told.models();
    if (told.state().equals("refused")) {
      VersionsJson.Model first = models.get(0);
      throw CommandFailedException.failed(
          what
              + "; the application refuses it and goes on with the version before: "
              + first.tenant()
              + ": "
              + first.code()
              + ": "
              + first.detail()
              + (models.size() > 1 ? " (and others, see docs/models.md)" : ""));
    }
    if (told.state().equals("unconfirmed")) {
      throw CommandFailedException.failed(
          what + "; the application did not confirm: " + told.detail());
    }
  }

  /** The part at the end of the line that the user reads. */
  static String text(Application told) {
    return switch (told.state()) {
      case "confirmed" ->
          "; " + Objects.requireNonNullElse(told.detail(), "the application serves it so");
      case "refused" -> "; the application refuses it";
      case "unconfirmed" -> "; the application did not confirm";
      default -> "; the application was not asked: " + told.detail();
    };
  }

  private static Application answer(
      Map<TenantId, VersionsJson.Model> models,
      SortedMap<TenantId, Optional<ModelVersion>> expected) {
    List<VersionsJson.Model> refused = new ArrayList<>();
    List<VersionsJson.Model> others = new ArrayList<>();
    expected.forEach(
        (tenant, version) -> {
          VersionsJson.Model model =
              models.getOrDefault(
                  tenant, new VersionsJson.Model(tenant.value(), "not named", null, null, null));
          if (model.state().equals(VersionsJson.REFUSED)) {
            refused.add(model);
          } else if (!isAsExpected(model, version)) {
            others.add(model);
          }
        });
    if (!refused.isEmpty()) {
      return new Application("refused", shown(refused), null);
    }
    return others.isEmpty()
        ? new Application("confirmed", null, null)
        : new Application("unconfirmed", shown(others), "it says " + described(others.get(0)));
  }

  /** Null when a replica holds each of the models. */
  private static @Nullable String unloaded(Collection<VersionsJson.Model> models, int all) {
    long unloaded = models.stream().filter(model -> model.version() == null).count();
    if (unloaded == 0) {
      return null;
    }
    return all == 1
        ? "no replica has loaded it yet"
        : "no replica has loaded " + unloaded + " of them yet";
  }

  private static boolean isAsExpected(VersionsJson.Model model, Optional<ModelVersion> version) {
    if (version.isEmpty()) {
      // Or nobody held one.
      return model.version() == null && !model.state().equals(VersionsJson.REFUSED);
    }
    return model.state().equals(VersionsJson.LIVE)
        && (model.version() == null || model.version() == version.get().number());
  }

  private static String described(VersionsJson.Model model) {
    return model.tenant()
        + ": "
        + model.state()
        + (model.version() == null ? "" : " in version " + model.version())
        + (model.detail() == null ? "" : ", " + model.detail());
  }

  private static List<VersionsJson.Model> shown(List<VersionsJson.Model> models) {
    return models.subList(0, Math.min(MAX_SHOWN, models.size()));
  }

  private static void announce(
      RegistryOptions registry, SortedMap<TenantId, Optional<ModelVersion>> changed) {
    try {
      Optional<ModelEvents> opened = registry.stores().events();
      if (opened.isPresent()) {
        try (ModelEvents events = opened.get()) {
          events.announce(changed.keySet());
        }
      }
    } catch (ServingException | IllegalArgumentException e) {
      registry.warn("the change was not announced: " + e.getMessage());
    }
  }

  private Duration timeout() {
    return Duration.ofSeconds(timeoutSeconds);
  }

  private Optional<URI> address(RegistryOptions registry) {
    if (url == null) {
      try {
        return registry.environment().uri(Setting.URL);
      } catch (IllegalArgumentException e) {
        throw new BadInputException(String.valueOf(e.getMessage()));
      }
    }
    if (url.isEmpty()) {
      return Optional.empty();
    }
    if (!Setting.URL.takes().accepts(url)) {
      throw BadInputException.of("--url", url, "expected " + Setting.URL.takes().allowed());
    }
    return Optional.of(URI.create(url));
  }
}
