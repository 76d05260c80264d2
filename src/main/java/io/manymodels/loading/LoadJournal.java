package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.loading.LoadRecords.AbandonedLoad;
import io.manymodels.loading.LoadRecords.OpenRecord;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.TimerThread;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Records which models this process is loading, and refuses models that other processes of the node
 * died of. So a model that takes more memory than there is kills one replica, and not the next one
 * that is asked for it. Thread-safe.
 *
 * <p>A process that is killed for another reason must not have its models refused. So loads that
 * end soon, as nearly all do, leave no record, and {@link LoadPauses} forgives a single death when
 * the free memory had not shrunk.
 */
public final class LoadJournal implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LoadJournal.class.getName());
  private static final Duration SOON = Duration.ofMillis(20);

  /** More than any process has threads that load. */
  private static final int MAX_LOADS = 10_000;

  private static final Entry NOTHING = () -> {};

  /** The name of the records of warm-ups; those of loads are named by a digest. */
  private static final String WARM_UP = "warm-up";

  private final Optional<LoadRecords> records;
  private final Duration soon;
  private final List<MemoryMeter> memory;
  private final Ticker ticker;
  private final AtomicBoolean complained = new AtomicBoolean();
  private final TimerThread clock;
  private final Set<RecordedLoad> underWay = ConcurrentHashMap.newKeySet();

  private LoadJournal(
      Optional<LoadRecords> records, Duration soon, List<MemoryMeter> memory, Ticker ticker) {
    this.records = records;
    this.soon = soon;
    this.memory = List.copyOf(memory);
    this.ticker = ticker;
    clock = TimerThread.of("load-journal", MAX_LOADS);
  }

  /** A load under way; closing it says that the process has survived. */
  public interface Entry extends AutoCloseable {
    @Override
    void close();
  }

  /** For what no other process takes part in, or is to know of. */
  public static LoadJournal none() {
    return new LoadJournal(Optional.empty(), SOON, List.of(), Ticker.SYSTEM);
  }

  /** A journal for the processes of the node. Where no record can be kept, models load too. */
  public static LoadJournal on(LocalNode node, Ticker ticker) {
    return of(node.loadRecords(), SOON, List.of(node.heap(), node.container()), ticker);
  }

  /** Records loads that take longer than {@code soon}, and looks at the memory as often. */
  static LoadJournal of(
      LoadRecords records, Duration soon, List<MemoryMeter> memory, Ticker ticker) {
    return new LoadJournal(Optional.of(records), soon, memory, ticker);
  }

  /**
   * To be called before a load.
   *
   * @throws ServingException {@code LOAD_FAILED} while it is too dangerous
   */
  Entry begin(ArtifactDescriptor artifact) {
    return records.isEmpty() ? NOTHING : begin(records.get(), artifact);
  }

  private Entry begin(LoadRecords kept, ArtifactDescriptor artifact) {
    List<AbandonedLoad> deaths = deaths(kept, artifact);
    refuseWhileDangerous(artifact, deaths);
    RecordedLoad load =
        new RecordedLoad(kept, artifact.digest().hex(), deaths, memory, this::complain);
    underWay.add(load);
    Future<?> looking = clock.every(soon, load::look);
    return () -> {
      looking.cancel(false);
      underWay.remove(load);
      load.end();
    };
  }

  /**
   * Throws like {@link #begin}, and records nothing: for loads that {@link #beginWarmUp} covers.
   */
  Entry refuseIfDangerous(ArtifactDescriptor artifact) {
    records.ifPresent(kept -> refuseWhileDangerous(artifact, deaths(kept, artifact)));
    return NOTHING;
  }

  /**
   * To be called before a replica loads models that nobody has asked for. Empty when the process
   * before has not survived that: the next one has to serve without, whatever the reason was.
   */
  Optional<Entry> beginWarmUp() {
    return records.isEmpty() ? Optional.of(NOTHING) : beginWarmUp(records.get());
  }

  private Optional<Entry> beginWarmUp(LoadRecords kept) {
    try {
      List<AbandonedLoad> deaths = kept.abandoned(WARM_UP);
      for (AbandonedLoad death : deaths) {
        kept.remove(death);
      }
      if (!deaths.isEmpty()) {
        return Optional.empty();
      }
      OpenRecord warmUp = kept.open(WARM_UP);
      return Optional.of(() -> close(warmUp));
    } catch (IOException e) {
      complain(e);
      return Optional.of(NOTHING);
    }
  }

  private void close(OpenRecord warmUp) {
    try {
      warmUp.close();
    } catch (IOException e) {
      complain(e);
    }
  }

  /**
   * Removes the records of loads under way, so that the next process does not take the end of this
   * one for their doing.
   */
  @Override
  public void close() {
    underWay.forEach(RecordedLoad::withdraw);
  }

  private List<AbandonedLoad> deaths(LoadRecords kept, ArtifactDescriptor artifact) {
    try {
      return kept.abandoned(artifact.digest().hex());
    } catch (IOException e) {
      complain(e);
      return List.of();
    }
  }

  private void refuseWhileDangerous(ArtifactDescriptor artifact, List<AbandonedLoad> deaths) {
    Optional<Duration> left = LoadPauses.left(deaths, ticker.now());
    if (left.isPresent()) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          "model "
              + artifact.ref()
              + ": a replica died while it loaded this model ("
              + deaths.size()
              + " in all); it is tried again in "
              + (left.get().toSeconds() + 1)
              + " s");
    }
  }

  private void complain(Exception e) {
    if (complained.compareAndSet(false, true)) {
      LOG.log(System.Logger.Level.WARNING, "the journal of loads is not kept: {0}", e.toString());
    }
  }
}
