package io.manymodels.files;

import io.manymodels.threads.DaemonLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at some files every second, on a thread of its own, and tells of a change once all have
 * stayed the same for as long: a file may be written in parts, and one after the other. It follows
 * links, as Kubernetes replaces a mounted ConfigMap or Secret by changing one. Thread-safe.
 */
public final class FileWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(FileWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final List<Path> files;
  private final Runnable changed;
  private final Duration period;
  private final CountDownLatch closed = new CountDownLatch(1);
  private States told;
  private States seen;

  /** The files as a look finds them: equal to that of another look when none has changed. */
  public record States(List<State> all) {
    public States {
      all = List.copyOf(all);
    }

    public static States of(List<Path> files) {
      return new States(files.stream().map(State::of).toList());
    }
  }

  /** One file; nothing in it when there is none. */
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

  private FileWatch(List<Path> files, States read, Duration period, Runnable changed) {
    this.files = List.copyOf(files);
    this.told = read;
    this.seen = read;
    this.period = period;
    this.changed = changed;
  }

  /**
   * Begins to look.
   *
   * @param name of the thread
   * @param read the files before they were read, so that no change since is missed
   * @param changed is called on the thread after each change
   */
  public static FileWatch start(String name, List<Path> files, States read, Runnable changed) {
    return start(name, files, read, PERIOD, changed);
  }

  /** As {@link #start(String, List, States, Runnable)}, but looks once in {@code period}. */
  public static FileWatch start(
      String name, List<Path> files, States read, Duration period, Runnable changed) {
    FileWatch watch = new FileWatch(files, read, period, changed);
    DaemonLoop.start(name, watch.closed, watch::look);
    return watch;
  }

  private void look() throws InterruptedException {
    var unused = closed.await(period.toMillis(), TimeUnit.MILLISECONDS);
    States now = States.of(files);
    boolean settled = now.equals(seen);
    seen = now;
    if (!settled || now.equals(told) || closed.getCount() == 0) {
      return;
    }
    told = now;
    try {
      changed.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "taking a change of " + files, e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
