package io.manymodels.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ray.serve.api.Serve;
import io.ray.serve.config.DeploymentConfig;
import io.ray.serve.deployment.DeploymentVersion;
import io.ray.serve.generated.RequestMetadata;
import io.ray.serve.replica.RayServeReplicaImpl;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ray's own wrapper of a replica, in the log4j of the tests. */
class MissingCallFilterTest {
  private static final String SOURCE = RayServeReplicaImpl.class.getName();

  private final Lines lines = new Lines();

  /** A replica without {@code call(Object)}, as all of ours. */
  public static final class Replica {
    /** Called by Serve. */
    public boolean checkHealth() {
      return true;
    }
  }

  private static final class Lines extends AbstractAppender {
    private final List<String> messages = new CopyOnWriteArrayList<>();

    Lines() {
      super("lines", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      messages.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
    }
  }

  private static Configuration log4j() {
    return LoggerContext.getContext(false).getConfiguration();
  }

  @BeforeEach
  void listen() {
    removeFilter();
    lines.start();
    log4j().getRootLogger().addAppender(lines, null, null);
    Serve.setInternalReplicaContext("hot", "hot#1", null, Map.of(), "app");
  }

  @AfterEach
  void stopListening() {
    log4j().getRootLogger().removeAppender("lines");
    removeFilter();
  }

  private static void removeFilter() {
    log4j().removeLogger(SOURCE);
    LoggerContext.getContext(false).updateLoggers();
  }

  private static RayServeReplicaImpl wrap() {
    return new RayServeReplicaImpl(
        new Replica(), new DeploymentConfig(), new DeploymentVersion("1"), null, "app");
  }

  @Test
  void rayWarnsOfTheMissingMethod() {
    RayServeReplicaImpl unused = wrap();

    assertThat(lines.messages)
        .as("if this fails, Ray has changed and the filter may go")
        .singleElement()
        .asString()
        .startsWith("WARN Tried to call a method call that does not exist.");
  }

  @Test
  void theWarningIsDroppedAndEveryOtherMessagePasses() {
    MissingCallFilter.install();
    MissingCallFilter.install();

    RayServeReplicaImpl replica = wrap();
    assertThat(lines.messages).isEmpty();

    RequestMetadata request = RequestMetadata.newBuilder().setCallMethod("called").build();
    assertThatThrownBy(() -> replica.handleRequest(request, new Object[0]))
        .hasStackTraceContaining("a method called that does not exist");
    assertThat(lines.messages)
        .anyMatch(line -> line.startsWith("ERROR Tried to call a method called that does not"));
  }
}
