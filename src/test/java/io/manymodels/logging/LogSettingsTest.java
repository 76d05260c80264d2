package io.manymodels.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogSettingsTest {
  private static final String CLASS = "java.util.logging.config.class";
  private static final String FILE = "java.util.logging.config.file";

  private final Properties system = new Properties();

  @AfterEach
  void asBefore() throws IOException {
    LogManager.getLogManager().readConfiguration();
  }

  @Test
  void aServerLogsItsNewsAndTheWarningsOfLibraries() throws IOException {
    new ServerLog();
    assertThat(loggable("io.manymodels.placing.Declarations", Level.INFO)).isTrue();
    assertThat(loggable("com.example.Loader", Level.INFO)).isTrue();
    assertThat(loggable("com.azure.identity.Token", Level.INFO)).isFalse();
    assertThat(loggable("com.azure.identity.Token", Level.WARNING)).isTrue();
    assertThat(loggable("redis.clients.jedis.JedisPool", Level.WARNING)).isTrue();
  }

  @Test
  void aCommandLogsNothingOfLibraries() throws IOException {
    new CommandLog();
    assertThat(loggable("io.manymodels.loading.Loads", Level.INFO)).isTrue();
    assertThat(loggable("com.azure.identity.Token", Level.SEVERE)).isFalse();
    assertThat(loggable("redis.clients.jedis.JedisPool", Level.SEVERE)).isFalse();
  }

  @Test
  void aRecordIsOneLine() throws IOException {
    new ServerLog();
    LogRecord record = new LogRecord(Level.INFO, "hello");
    record.setLoggerName("io.manymodels.X");
    assertThat(new SimpleFormatter().format(record))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}-INFO-io\\.manymodels\\.X-hello\\R");
  }

  @Test
  void theJvmFindsTheClassByItsName() throws Exception {
    LogSettings.choose(CommandLog.class, system);
    Class<?> named = ClassLoader.getSystemClassLoader().loadClass(system.getProperty(CLASS));
    assertThat(named.getDeclaredConstructor().newInstance()).isInstanceOf(CommandLog.class);
  }

  @Test
  void whatTheUserNamesStays() {
    system.setProperty(CLASS, "com.example.Mine");
    LogSettings.choose(CommandLog.class, system);
    assertThat(system).hasSize(1).containsEntry(CLASS, "com.example.Mine");
    system.clear();
    system.setProperty(FILE, "mine.properties");
    LogSettings.choose(CommandLog.class, system);
    assertThat(system).hasSize(1).containsEntry(FILE, "mine.properties");
  }

  private static boolean loggable(String name, Level level) {
    return Logger.getLogger(name).isLoggable(level);
  }
}
