package io.manymodels.placing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placing.PlacementInbox.Change;
import io.manymodels.threads.Awaiting;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.SortedMap;

/**
 * Changes of the dedicated pool: callers wait in {@link #replace}, the owner's thread makes them in
 * {@link #carryOut}. Thread-safe.
 */
final class PoolChanges {
  /** How long a change pauses before it is tried again, and the least time it must have left. */
  static final Duration RETRY_PAUSE = Duration.ofMillis(200);

  private static final String TIMED_OUT =
      "the change was not live everywhere in time; it may still become so";

  private final PlacementInbox inbox;
  private final TableBoard board;

  PoolChanges(PlacementInbox inbox, TableBoard board) {
    this.inbox = inbox;
    this.board = board;
  }

  /** Waits until every Dispatcher routes by the new pool; see {@link PlacementLoop}. */
  void replace(SortedMap<TenantId, String> mapping, Deadline deadline) {
    Generation live = Awaiting.result(inbox.change(mapping, deadline), deadline, TIMED_OUT);
    try {
      if (!board.awaitAcknowledged(live, deadline)) {
        throw timedOut();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw PlacementInbox.shuttingDown();
    }
  }

  /**
   * Makes one change and completes it. To be called by the owner's thread.
   *
   * @return false when a hot replica is restarting: the change is back in the inbox, to be tried
   *     again after {@link #RETRY_PAUSE}
   */
  boolean carryOut(Change change, PlacementOwner owner) {
    if (change.deadline().passed()) {
      change.done().completeExceptionally(timedOut());
      return true;
    }
    try {
      change.done().complete(owner.replaceDedicatedPool(change.mapping(), change.deadline()));
    } catch (ServingException e) {
      if (e.code() == ErrorCode.NO_REPLICA
          && change.deadline().remaining().compareTo(RETRY_PAUSE) > 0) {
        inbox.tryAgain(change);
        return false;
      }
      change.done().completeExceptionally(e);
    } catch (DeposedException e) {
      change.done().completeExceptionally(PlacementInbox.shuttingDown());
      throw e;
    } catch (RuntimeException e) {
      change.done().completeExceptionally(e);
      throw e;
    }
    return true;
  }

  private static ServingException timedOut() {
    return new ServingException(ErrorCode.DEADLINE_EXCEEDED, TIMED_OUT);
  }
}
