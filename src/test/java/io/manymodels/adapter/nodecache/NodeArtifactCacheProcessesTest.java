package io.manymodels.adapter.nodecache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of one node: what holds when they are killed or stopped at the worst moment. */
class NodeArtifactCacheProcessesTest {
  private static final int LENGTH = 2_000_000;
  private static final long LONG_WAIT_MILLIS = 60_000;
  private static final long SHORT_WAIT_MILLIS = 500;
  private static final long FOR_EVER_MILLIS = 600_000;

  @TempDir private Path folder;
  private final List<Reader> readers = new ArrayList<>();

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Reader reader : readers) {
      reader.process.destroyForcibly().waitFor();
    }
  }

  @Test
  void tenProcessesThatAskAtOnceFetchOnce() throws Exception {
    List<Reader> ten = start(10, LONG_WAIT_MILLIS, 300);
    ten.forEach(Reader::go);
    ten.forEach(Reader::assertRead);
    assertThat(calls()).isEqualTo(1);
  }

  @Test
  void whenTheFetchingProcessIsKilledOneOfTheOthersFetches() throws Exception {
    Reader killed = start(1, LONG_WAIT_MILLIS, FOR_EVER_MILLIS).get(0);
    List<Reader> others = start(4, LONG_WAIT_MILLIS, 100);
    killed.go();
    Eventually.holds("the first process fetches", () -> calls() == 1);
    others.forEach(Reader::go);
    killed.process.destroyForcibly().waitFor();
    long start = System.nanoTime();
    others.forEach(Reader::assertRead);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(calls()).isEqualTo(2);
  }

  @Test
  void aStoppedProcessDoesNotStopTheOthers() throws Exception {
    Reader stopped = start(1, SHORT_WAIT_MILLIS, 1_000).get(0);
    List<Reader> others = start(3, SHORT_WAIT_MILLIS, 0);
    stopped.go();
    Eventually.holds("the first process fetches", () -> calls() == 1);
    signal("STOP", stopped);
    others.forEach(Reader::go);
    others.forEach(Reader::assertRead);
    assertThat(calls()).isBetween(2, 4);
    int before = calls();
    Reader late = start(1, SHORT_WAIT_MILLIS, 0).get(0);
    late.go();
    late.assertRead();
    assertThat(calls()).isEqualTo(before);
    signal("CONT", stopped);
    stopped.assertRead();
  }

  private List<Reader> start(int count, long waitMillis, long sourceMillis) throws IOException {
    List<Reader> started = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      started.add(new Reader(command(waitMillis, sourceMillis)));
    }
    readers.addAll(started);
    started.forEach(reader -> assertThat(reader.line()).isEqualTo("ready"));
    return started;
  }

  private List<String> command(long waitMillis, long sourceMillis) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        CacheProcess.class.getName(),
        folder.resolve("artifacts").toString(),
        Long.toString(waitMillis),
        Integer.toString(LENGTH),
        folder.resolve("calls").toString(),
        Long.toString(sourceMillis));
  }

  private int calls() {
    try (Stream<String> lines = Files.lines(folder.resolve("calls"))) {
      return (int) lines.count();
    } catch (IOException e) {
      return 0;
    }
  }

  private static void signal(String name, Reader reader) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(reader.process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static final class Reader {
    private final Process process;
    private final BufferedReader out;

    Reader(List<String> command) throws IOException {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      out = process.inputReader(UTF_8);
    }

    void go() {
      try {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void assertRead() {
      assertThat(line()).isEqualTo("read");
    }

    String line() {
      return CompletableFuture.supplyAsync(
              () -> {
                try {
                  return String.valueOf(out.readLine());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .orTimeout(30, TimeUnit.SECONDS)
          .join();
    }
  }
}
