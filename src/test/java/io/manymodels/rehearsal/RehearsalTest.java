package io.manymodels.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.application.HotReplica;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.RunJournal;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.loading.ModelSource;
import io.manymodels.placement.Generation;
import io.manymodels.rehearsal.Rehearsal.Part;
import io.manymodels.stores.Stores;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.LogLines;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the real models and loaders; the processor time is made up where it has to be known. */
class RehearsalTest {
  private static final JvmWork IDLE = new JvmWork(() -> 0, () -> 0);

  @TempDir private Path folder;
  private final LogLines log = LogLines.of(Rehearsal.class, "rehears");

  @AfterEach
  void close() {
    log.close();
  }

  private Environment environment() {
    return Environment.empty()
        .with(Setting.REGISTRY, folder.resolve("models").toUri().toString())
        .with(Setting.NODE_CACHE, folder.resolve("cache").toUri() + "?mib=16");
  }

  /** A process that uses so much of the processor each time that it is asked. */
  private static JvmWork using(Duration each) {
    AtomicLong used = new AtomicLong();
    AtomicLong compiled = new AtomicLong();
    return new JvmWork(
        () -> used.addAndGet(each.toNanos()), () -> compiled.addAndGet(each.toMillis()));
  }

  private static RehearsalProgress unlimited() {
    return new RehearsalProgress(
        IDLE, Ticker.SYSTEM, Duration.ofHours(1), Duration.ofHours(1), () -> false);
  }

  @Test
  void aHotReplicasPartLoadsReplacesAndUnloadsEachKindOfModel() {
    try (Stores stores = new Stores(environment());
        HotExercise exercise = new HotExercise(stores::apart)) {
      RehearsalProgress progress = unlimited();
      exercise.round(progress);
      exercise.round(progress);
      assertThat(progress.told()).contains("8 models, 120 predictions");
    }
  }

  @Test
  void thePartOfDeploymentxLoadsWhatItIsAskedFor() {
    try (Stores stores = new Stores(environment());
        OverflowExercise exercise = new OverflowExercise(stores::apart)) {
      RehearsalProgress progress = unlimited();
      exercise.round(progress);
      assertThat(progress.told()).contains("4 models, 60 predictions");
    }
  }

  @Test
  void itEndsWithinItsBudgetAndTellsSo() {
    try (Stores stores = new Stores(environment())) {
      Rehearsal rehearsal =
          new Rehearsal(
              List.of(HotExercise::new), stores::apart, using(Duration.ofMillis(50)), () -> true);
      rehearsal.start();
      Eventually.holds("it has ended", () -> !log.messages().isEmpty());
      assertThat(log.messages()).singleElement().asString().contains("rehearsed for");
      // 2 s in steps of 50 ms, each of ten predictions at most.
      assertThat(log.messages().get(0)).containsPattern("[0-9] models, [0-9]{1,3} predictions");
    }
  }

  @Test
  void nothingOfItShows() throws IOException {
    Environment environment = environment();
    Set<String> threads = threads();
    try (Stores stores = new Stores(environment);
        HotReplica replica = new HotReplica("Deployment1", stores.models(), RunJournal.NONE)) {
      HotReport before = replica.status(Generation.NONE);
      Set<String> files = files();
      Rehearsal rehearsal =
          new Rehearsal(
              List.of(HotExercise::new, OverflowExercise::new),
              stores::apart,
              using(Duration.ofMillis(20)),
              () -> true);
      rehearsal.start();
      Eventually.holds("it has rehearsed", () -> !log.messages().isEmpty());
      assertThat(log.messages().get(0)).doesNotContain(" 0 models");
      assertThat(replica.status(Generation.NONE)).isEqualTo(before);
      assertThat(files()).isEqualTo(files);
    }
    Eventually.holds(
        "its threads end, and none of low priority stays",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getPriority() < Thread.NORM_PRIORITY)
                && threads.containsAll(ours(threads())));
  }

  private Set<String> files() throws IOException {
    Set<String> all = new TreeSet<>();
    for (Path root : List.of(folder, Path.of(System.getProperty("java.io.tmpdir")))) {
      try (Stream<Path> files = Files.list(root)) {
        files
            .map(Path::toString)
            .filter(name -> root.equals(folder) || name.contains("rehears"))
            .forEach(all::add);
      }
    }
    return all;
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Names without the number at the end. */
  private static Set<String> ours(Set<String> names) {
    return names.stream()
        .filter(
            name ->
                Stream.of("rehearsal", "model-load", "slow-predictions", "expected-tenants")
                    .anyMatch(name::startsWith))
        .collect(Collectors.toSet());
  }

  @Test
  void aFailureIsLoggedOnceAndKeepsNobodyWaiting() {
    AtomicInteger asked = new AtomicInteger();
    Rehearsal.Sources broken =
        (registry, artifacts) -> {
          asked.incrementAndGet();
          throw new IllegalStateException("no source");
        };
    Rehearsal rehearsal = new Rehearsal(List.of(HotExercise::new), broken, IDLE, () -> true);
    rehearsal.await();
    rehearsal.await();
    rehearsal.start();
    assertThat(asked).hasValue(1);
    assertThat(log.messages()).singleElement().asString().contains("the rehearsal failed");
    assertThat(log.hasStackTrace()).isTrue();
  }

  @Test
  void aModelThatDoesNotAnswerFailsIt() {
    Rehearsal.Sources without =
        (registry, artifacts) ->
            new ModelSource(registry, new ArtifactTiers(artifacts), List.of(), Ticker.SYSTEM);
    try (HotExercise hot = new HotExercise(without);
        OverflowExercise overflow = new OverflowExercise(without)) {
      assertThatThrownBy(() -> hot.round(unlimited())).hasMessageContaining("no loader");
      assertThatThrownBy(() -> overflow.round(unlimited())).hasMessageContaining("no loader");
    }
  }

  @Test
  void whereNothingIsToSpareNobodyWaitsAndItIsDoneLater() {
    AtomicInteger trials = new AtomicInteger();
    AtomicBoolean spare = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Rehearsal.Sources sources =
        (registry, artifacts) -> {
          begun.countDown();
          throw new IllegalStateException("enough");
        };
    try (Rehearsal rehearsal =
        new Rehearsal(
            List.of(HotExercise::new),
            sources,
            IDLE,
            () -> {
              trials.incrementAndGet();
              return spare.get();
            })) {
      rehearsal.await();
      assertThat(trials.get()).isGreaterThan(1);
      assertThat(begun.getCount()).isOne();
      assertThat(log.messages()).singleElement().asString().contains("too busy to rehearse");
      spare.set(true);
      Eventually.holds("it has begun", () -> begun.getCount() == 0);
    }
  }

  @Test
  void aThreadThatGetsNoProcessorHasNoTimeToSpare() {
    FakeTicker ticker = new FakeTicker();
    assertThat(new SpareTime(ticker).getAsBoolean()).as("time stands still").isTrue();
    Ticker passing =
        new Ticker() {
          @Override
          public long nanos() {
            ticker.advance(Duration.ofMillis(1));
            return ticker.nanos();
          }

          @Override
          public Instant now() {
            return ticker.now();
          }
        };
    assertThat(new SpareTime(passing).getAsBoolean()).isFalse();
  }

  @Test
  void switchedOffItDoesNothing() {
    Rehearsal rehearsal =
        Rehearsal.of(
            environment().with(Setting.REHEARSAL, "off"),
            (registry, artifacts) -> {
              throw new AssertionError("no models are needed");
            },
            Part.HOT,
            Part.OVERFLOW);
    rehearsal.start();
    rehearsal.await();
    rehearsal.close();
    assertThat(log.messages()).isEmpty();
  }

  @Test
  void closingEndsItBetweenTwoSteps() {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Function<Rehearsal.Sources, Exercise> endless =
        sources ->
            new Exercise() {
              @Override
              public void round(RehearsalProgress progress) {
                begun.countDown();
              }

              @Override
              public void close() {
                ended.countDown();
              }
            };
    Rehearsal rehearsal =
        new Rehearsal(
            List.of(endless),
            (registry, artifacts) -> {
              throw new AssertionError("no models are needed");
            },
            IDLE,
            () -> true);
    rehearsal.start();
    Eventually.holds("it has begun", () -> begun.getCount() == 0);
    rehearsal.close();
    assertThat(ended.getCount()).isZero();
  }
}
