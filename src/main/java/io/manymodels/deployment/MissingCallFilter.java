package io.manymodels.deployment;

import org.apache.logging.log4j.core.Filter;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.filter.AbstractFilter;

/**
 * A filter that drops one message of Ray: that a replica's class has no method {@code
 * call(Object)}. The constructor of RayServeReplicaImpl (Ray 2.60.0) looks that method up, which is
 * optional, and warns with a list of all methods when it is missing. It must be missing: Ray would
 * send it the calls of every other method with one argument. Every other message passes, also that
 * another method is missing. Thread-safe.
 *
 * <p>It is set in code because LoggingUtil (Ray 2.60.0) configures log4j in code, and so no file or
 * system property reaches the configuration of a replica.
 */
final class MissingCallFilter extends AbstractFilter {
  private static final String SOURCE = "io.ray.serve.replica.RayServeReplicaImpl";
  private static final String MESSAGE = "Tried to call a method call that does not exist.";

  private MissingCallFilter() {
    super(Filter.Result.DENY, Filter.Result.NEUTRAL);
  }

  /** Sets the filter in this process. Called before Ray wraps the replica; idempotent. */
  static synchronized void install() {
    LoggerContext context = LoggerContext.getContext(false);
    Configuration configuration = context.getConfiguration();
    LoggerConfig logger = configuration.getLoggerConfig(SOURCE);
    if (!logger.getName().equals(SOURCE)) {
      // Without a level of its own: it has its parent's.
      logger = new LoggerConfig(SOURCE, null, true);
      configuration.addLogger(SOURCE, logger);
    }
    if (!(logger.getFilter() instanceof MissingCallFilter)) {
      logger.addFilter(new MissingCallFilter());
      context.updateLoggers();
    }
  }

  @Override
  public Filter.Result filter(LogEvent event) {
    return event.getMessage().getFormattedMessage().startsWith(MESSAGE) ? onMatch : onMismatch;
  }
}
