package io.manymodels.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.StoreLocation;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The registry and the placement store that {@code serve} uses: those of its options, else of the
 * environment, else folders.
 *
 * @param environment with both in it
 */
record ServeStores(Environment environment) {
  private static final String REGISTRY_OPTION = "--registry";
  private static final String STATE_OPTION = "--state";
  private static final String DEFAULT_REGISTRY = "registry";

  /**
   * Makes the folders that are chosen by an option or by default.
   *
   * @throws BadInputException when an option names nothing that can be one
   * @throws CommandFailedException when the state's folder cannot be written to
   */
  static ServeStores choose(
      Environment environment, @Nullable String registryOption, @Nullable String stateOption) {
    try {
      String registry = registry(environment, registryOption);
      Environment named = environment.with(Setting.REGISTRY, registry);
      return new ServeStores(named.with(Setting.STATE, state(named, stateOption)));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
  }

  String registry() {
    return environment.required(Setting.REGISTRY);
  }

  String state() {
    return environment.required(Setting.STATE);
  }

  private static String registry(Environment environment, @Nullable String option) {
    Optional<String> named = environment.text(Setting.REGISTRY);
    if (option == null && named.isPresent()) {
      return named.get();
    }
    String chosen = option == null ? DEFAULT_REGISTRY : option;
    String uri = StoreLocation.of(REGISTRY_OPTION, chosen);
    Optional<Path> folder = folder(uri);
    if (folder.isPresent() && !Files.isDirectory(folder.get())) {
      makeRegistry(chosen, folder.get());
    }
    return uri;
  }

  /** Not its parents: a folder at the end of a path that is not there is a mistake in typing. */
  private static void makeRegistry(String chosen, Path folder) {
    try {
      Files.createDirectory(folder);
    } catch (IOException e) {
      throw BadInputException.of(
          REGISTRY_OPTION, chosen, "is not a folder and cannot be made (" + reason(e) + ")");
    }
  }

  private static String state(Environment environment, @Nullable String option) {
    Optional<String> named = environment.text(Setting.STATE);
    String uri = option == null ? named.orElse("") : StoreLocation.of(STATE_OPTION, option);
    if (uri.isEmpty()) {
      uri = defaultState(environment.required(Setting.REGISTRY));
    }
    Optional<Path> folder = folder(uri);
    if (folder.isPresent()) {
      requireWritable(folder.get());
    }
    return uri;
  }

  /** One for each registry, in the home of the user. */
  private static String defaultState(String registry) {
    String name = UUID.nameUUIDFromBytes(registry.getBytes(UTF_8)).toString();
    return Path.of(System.getProperty("user.home", "."), ".many-models", "state", name)
        .toUri()
        .toString();
  }

  private static void requireWritable(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "writable", ".tmp"));
    } catch (IOException e) {
      throw CommandFailedException.failed(
          "the placement state cannot be written to "
              + folder
              + " ("
              + reason(e)
              + "); name another place with "
              + STATE_OPTION
              + " or "
              + Setting.STATE.variable());
    }
  }

  private static String reason(IOException e) {
    String name = e.getClass().getSimpleName().replaceFirst("Exception$", "");
    return e instanceof java.nio.file.FileSystemException known && known.getReason() != null
        ? known.getReason()
        : name + ": " + e.getMessage();
  }

  /** The folder that a URI names; empty when it names something else. */
  static Optional<Path> folder(String uri) {
    URI location = URI.create(uri);
    boolean isFolder = "file".equals(location.getScheme()) && location.getQuery() == null;
    return isFolder ? Optional.of(Path.of(location)) : Optional.empty();
  }
}
