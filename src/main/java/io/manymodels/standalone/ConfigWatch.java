package io.manymodels.standalone;

import io.manymodels.threads.DaemonLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the configuration file every second, on a thread of its own, and hands on what has
 * changed once it has stayed the same for as long: a file may be written in parts. It follows
 * links, as Kubernetes replaces a mounted ConfigMap by changing one.
 */
public final class ConfigWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ConfigWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final Path file;
  private final Consumer<ServedApplication> changed;
  private final Consumer<String> refused;
  private final Duration period;
  private final CountDownLatch closed = new CountDownLatch(1);
  private State taken;
  private State seen;

  /** The file as a look finds it; nothing in it when there is none. */
  private record State(@Nullable FileTime modified, long size, @Nullable Object key) {
    static State of(Path file) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        return new State(found.lastModifiedTime(), found.size(), found.fileKey());
      } catch (IOException e) {
        return new State(null, 0, null);
      }
    }
  }

  private ConfigWatch(
      Path file,
      State taken,
      Consumer<ServedApplication> changed,
      Consumer<String> refused,
      Duration period) {
    this.file = file;
    this.taken = taken;
    this.seen = taken;
    this.changed = changed;
    this.refused = refused;
    this.period = period;
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
    ConfigWatch watch = new ConfigWatch(file, read.state, changed, refused, period);
    DaemonLoop.start("config-watch", watch.closed, watch::look);
    return watch;
  }

  /** The content of the file, and in what state it was read. */
  public static final class Content {
    private final State state;
    private final ServedApplication served;

    private Content(State state, ServedApplication served) {
      this.state = state;
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
    State state = State.of(file);
    try {
      return new Content(state, ServeConfigFile.read(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no such file", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("the file cannot be read: " + e.getMessage(), e);
    }
  }

  private void look() throws InterruptedException {
    var unused = closed.await(period.toMillis(), TimeUnit.MILLISECONDS);
    State now = State.of(file);
    boolean settled = now.equals(seen);
    seen = now;
    if (!settled || now.equals(taken) || closed.getCount() == 0) {
      return;
    }
    taken = now;
    try {
      changed.accept(read(file).served());
      LOG.log(System.Logger.Level.INFO, "{0} has changed and is in force", file);
    } catch (IllegalArgumentException e) {
      refused.accept(file + ": " + e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "taking " + file, e);
      refused.accept(file + ": it cannot be taken");
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
