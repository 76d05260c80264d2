package io.manymodels.watching;

import io.manymodels.holding.VersionWord;
import io.manymodels.model.ServingException;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * When each replica is told: in its turn once a period, the turns spread over it, and before that
 * when there is news for it. {@link #step} and {@link #untilDueMillis} are for one thread.
 */
final class WatchWords {
  private static final System.Logger LOG = System.getLogger(WatchWords.class.getName());
  private static final Duration MAX_CALL = Duration.ofSeconds(2);

  /** How long a replica may stay unknown that has just come. */
  private static final Duration NOBODY = Duration.ofSeconds(1);

  /** The part of a period over which news for all replicas are spread. */
  private static final int NEWS = 10;

  private final WatchBoard board;
  private final WatchTurns turns;
  private final RegistryLooks looks;
  private final Duration period;
  private final ReplicaDirectory directory;
  private final List<String> holding;
  private final VersionHolders holders;
  private final Executor calls;
  private final Runnable answered;
  private final Ticker ticker;
  private int turnsSinceLook;
  private Deadline nextTurn;
  private Deadline nextNews;

  /**
   * @param holding deployments whose replicas hold models
   * @param calls runs what waits for a replica
   * @param answered runs after each call
   */
  WatchWords(
      WatchBoard board,
      RegistryLooks looks,
      Duration period,
      ReplicaDirectory directory,
      Collection<String> holding,
      VersionHolders holders,
      Executor calls,
      Runnable answered,
      Ticker ticker) {
    this.board = board;
    this.turns = new WatchTurns(ticker);
    this.looks = looks;
    this.period = period;
    this.directory = directory;
    this.holding = List.copyOf(holding);
    this.holders = holders;
    this.calls = calls;
    this.answered = answered;
    this.ticker = ticker;
    this.nextTurn = in(Duration.ZERO);
    this.nextNews = in(Duration.ZERO);
  }

  private Deadline in(Duration wait) {
    return Deadline.after(wait, ticker);
  }

  /** Milliseconds until {@link #step} has something to do, as far as is known now. */
  long untilDueMillis() {
    long turn = nextTurn.remainingMillis();
    return turns.isFree(board::hasNews) ? Math.min(turn, nextNews.remainingMillis()) : turn;
  }

  /** Tells those whose time has come. */
  void step() {
    List<ReplicaId> there =
        holding.stream().flatMap(name -> directory.lately(name).stream()).toList();
    turns.retain(there);
    board.retain(there);
    nextTurn = nextTurn.atMost(gap());
    if (nextNews.passed()) {
      Optional<ReplicaId> behind = turns.begin(board::hasNews);
      if (behind.isPresent()) {
        nextNews = in(gap().dividedBy(NEWS));
        tell(behind.get());
      }
    }
    if (nextTurn.passed()) {
      nextTurn = in(gap());
      if (looks.begun() && turnsSinceLook < turns.size()) {
        turnsSinceLook++;
      }
      turns.begin(any -> true).ifPresent(this::tell);
    }
  }

  /**
   * Between two turns. A new watcher hurries: it asks all replicas before it looks for the first
   * time, and tells all of them soon after that.
   */
  private Duration gap() {
    int replicas = turns.size();
    if (replicas == 0) {
      return period.compareTo(NOBODY) < 0 ? period : NOBODY;
    }
    boolean hurry = !looks.begun() || turnsSinceLook < replicas;
    Duration round = hurry ? period.dividedBy(RegistryLooks.FIRST) : period;
    return round.dividedBy(replicas);
  }

  private void tell(ReplicaId replica) {
    try {
      calls.execute(() -> call(replica));
    } catch (RejectedExecutionException e) {
      var unused = turns.end(replica, false);
    }
  }

  private void call(ReplicaId replica) {
    boolean well = false;
    String failure = "";
    try {
      VersionWord word = board.word(replica, looks.answering());
      board.answered(replica, word, holders.tell(replica, word, in(MAX_CALL)));
      well = true;
    } catch (ReplicaLostException e) {
      directory.reportLost(replica);
    } catch (ServingException e) {
      failure = String.valueOf(e.getMessage());
    } catch (RuntimeException e) {
      failure = e.toString();
      LOG.log(System.Logger.Level.ERROR, "telling " + replica + " of new versions", e);
    } finally {
      if (turns.end(replica, well) && !failure.isEmpty()) {
        LOG.log(
            System.Logger.Level.INFO,
            "{0} is not told of new versions, and looks for itself: {1}",
            replica,
            failure);
      }
      answered.run();
    }
  }
}
