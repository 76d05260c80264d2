package io.manymodels.standalone;

import io.manymodels.files.FileWatch;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Hands on the configuration when its file has changed, on a thread of its own; see {@link
 * FileWatch}.
 */
public final class ConfigWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ConfigWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final Path file;
  private final Consumer<ServedApplication> changed;
  private final Consumer<String> refused;
  private final FileWatch watch;

  private ConfigWatch(
      Path file,
      Content read,
      Consumer<ServedApplication> changed,
      Consumer<String> refused,
      Duration period) {
    this.file = file;
    this.changed = changed;
    this.refused = refused;
    this.watch =
        FileWatch.start("config-watch", List.of(file), read.states, period, this::takeChange);
  }

  /**
   * Begins to look.
   *
   * @param read the content that is in force, so that no change since is missed
   * @param changed takes a configuration that could be read; what it throws as {@link
   *     IllegalArgumentException} counts as a refusal
   * @param refused takes the reason, in one line, why a changed file is not in force
   */
  public static ConfigWatch start(
      Path file, Content read, Consumer<ServedApplication> changed, Consumer<String> refused) {
    return start(file, read, changed, refused, PERIOD);
  }

  static ConfigWatch start(
      Path file,
      Content read,
      Consumer<ServedApplication> changed,
      Consumer<String> refused,
      Duration period) {
    return new ConfigWatch(file, read, changed, refused, period);
  }

  /** The content of the file, and in what state it was read. */
  public static final class Content {
    private final FileWatch.States states;
    private final ServedApplication served;

    private Content(FileWatch.States states, ServedApplication served) {
      this.states = states;
      this.served = served;
    }

    public ServedApplication served() {
      return served;
    }
  }

  /**
   * Reads the file. Throws {@link IllegalArgumentException} with one line that says what is wrong.
   */
  public static Content read(Path file) {
    FileWatch.States states = FileWatch.States.of(List.of(file));
    try {
      return new Content(states, ServeConfigFile.read(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no such file", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("the file cannot be read: " + e.getMessage(), e);
    }
  }

  private void takeChange() {
    try {
      changed.accept(read(file).served());
      LOG.log(System.Logger.Level.INFO, "{0} has changed and was read", file);
    } catch (IllegalArgumentException e) {
      refused.accept(file + ": " + e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "taking " + file, e);
      refused.accept(file + ": it cannot be taken");
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
