package io.manymodels.application;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The user_config of one replica: a new one that is valid replaces the old; one that is not is
 * refused and remembered as refused. Never throws, because Serve stops a replica whose reconfigure
 * throws (deployment_state.py, Ray 2.60.0). Thread-safe.
 *
 * @param <C> the parsed configuration
 */
final class UserConfig<C> {
  private static final System.Logger LOG = System.getLogger(UserConfig.class.getName());

  private final String deployment;
  private final Function<String, C> parser;
  private final Consumer<C> onChange;
  private volatile C current;
  private volatile @Nullable String refusal;
  private volatile int edition;

  UserConfig(String deployment, C initial, Function<String, C> parser, Consumer<C> onChange) {
    this.deployment = deployment;
    this.current = initial;
    this.parser = parser;
    this.onChange = onChange;
  }

  C current() {
    return current;
  }

  /** Why the last user_config was refused; empty when it was taken. */
  Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  /** Another number after every user_config that was taken or refused. */
  int edition() {
    return edition;
  }

  /** Notes that there is a new one, which could not be read. */
  synchronized void refuse(String why) {
    refusal = "user_config refused, the previous one stays in force: " + why;
    edition++;
    LOG.log(System.Logger.Level.WARNING, "{0}: {1}", deployment, refusal);
  }

  /** Takes what the bridge hands over: one JSON text. */
  synchronized void offer(@Nullable Object userConfig) {
    try {
      C parsed = parser.apply(userConfig == null ? "{}" : userConfig.toString());
      onChange.accept(parsed);
      current = parsed;
      refusal = null;
      edition++;
      LOG.log(System.Logger.Level.INFO, "{0}: user_config taken: {1}", deployment, parsed);
    } catch (RuntimeException e) {
      refuse(String.valueOf(e.getMessage()));
    }
  }
}
