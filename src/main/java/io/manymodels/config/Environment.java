package io.manymodels.config;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables of a process, read as {@link Setting}s. White space around a value does
 * not count. An empty value is the same as none, unless the setting protects something. Immutable.
 *
 * <p>Every method that reads a setting throws {@link IllegalArgumentException} when the value is
 * not allowed. The message names the variable and what is allowed, and the value unless it may hold
 * a secret.
 */
public final class Environment {
  private static final String PREFIX = "MANY_MODELS_";

  private final Map<String, String> variables;

  private Environment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** The variables of this process. */
  public static Environment ofProcess() {
    return new Environment(System.getenv());
  }

  /** No variables. */
  public static Environment empty() {
    return new Environment(Map.of());
  }

  /** These variables and no others. */
  public static Environment of(Map<String, String> variables) {
    return new Environment(variables);
  }

  /** The same variables, but for one that has another value. */
  public Environment with(Setting setting, String value) {
    Map<String, String> changed = new HashMap<>(variables);
    changed.put(setting.variable(), value);
    return new Environment(changed);
  }

  /** The variables that look like ours, and that nobody reads. */
  public SortedSet<String> unknown() {
    SortedSet<String> unknown = new TreeSet<>();
    for (String name : variables.keySet()) {
      if (name.startsWith(PREFIX) && !Setting.isKnown(name)) {
        unknown.add(name);
      }
    }
    return unknown;
  }

  /** All variables, for libraries that read their own. */
  public Map<String, String> variables() {
    return variables;
  }

  /** The value, or the setting's default; empty when there is neither. */
  public Optional<String> text(Setting setting) {
    @Nullable String given = variables.get(setting.variable());
    String value = given == null ? "" : given.strip();
    if (value.isEmpty() && (given == null || setting.takes().isEmptyUnset())) {
      return setting.byDefault();
    }
    if (value.isEmpty() || !setting.takes().accepts(value)) {
      throw setting.refused(value);
    }
    return Optional.of(value);
  }

  /** The value, or the default, of a setting that takes whole numbers and has a default. */
  public int number(Setting setting) {
    return Integer.parseInt(required(setting));
  }

  /** The value, or the default, of a setting that takes fractions and has a default. */
  public double fraction(Setting setting) {
    return Double.parseDouble(required(setting));
  }

  /** The value, or the default, of a setting that must be set if it has no default. */
  public String required(Setting setting) {
    return text(setting)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    setting.variable()
                        + " is not set; the value must be "
                        + setting.takes().allowed()));
  }

  /** The value of a setting that takes URIs. */
  public Optional<URI> uri(Setting setting) {
    return text(setting).map(URI::create);
  }

  /** The value of a setting that must be set and takes URIs. */
  public URI requiredUri(Setting setting) {
    return URI.create(required(setting));
  }

  /** The file that a setting names, which must be there and readable. */
  public Path requiredFile(Setting setting) {
    Path file = Path.of(required(setting));
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw setting.refused(file.toString());
    }
    return file;
  }

  /** Whether the variable is there, with whatever value. */
  public boolean has(Setting setting) {
    return variables.containsKey(setting.variable());
  }

  /** The secret, from its variable or from a file; empty when neither is set. Reads no file. */
  public Optional<Secret> secret(Setting setting) {
    @Nullable String fileVariable = setting.fileVariable().orElse(null);
    @Nullable String file = fileVariable == null ? null : variables.get(fileVariable);
    if (fileVariable == null || file == null) {
      return text(setting).map(value -> Secret.of(setting, value));
    }
    if (has(setting)) {
      throw new IllegalArgumentException("set " + setting.variables() + ", not both");
    }
    if (file.isBlank()) {
      throw new IllegalArgumentException(fileVariable + ": '' is not the name of a file");
    }
    return Optional.of(Secret.in(setting, fileVariable, Path.of(file.strip())));
  }
}
