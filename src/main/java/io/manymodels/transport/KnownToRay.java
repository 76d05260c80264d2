package io.manymodels.transport;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What Ray knows of a replica: whether it is alive, and where it listens. Thread-safe. */
final class KnownToRay {
  /** What was found out. */
  enum Answer {
    /** Alive, at {@link #endpoint}. */
    LISTENS,
    /** Alive, without a port. */
    LISTENS_NOWHERE,
    DEAD,
    NOTHING
  }

  private static final System.Logger LOG = System.getLogger(KnownToRay.class.getName());
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final ReplicaId replica;
  private final Endpoints endpoints;
  private final Ticker ticker;
  private volatile @Nullable Endpoint endpoint;

  KnownToRay(ReplicaId replica, Endpoints endpoints, Ticker ticker) {
    this.replica = replica;
    this.endpoints = endpoints;
    this.ticker = ticker;
  }

  /** Asks, and waits for the answer: two seconds at most. */
  Answer ask() {
    try {
      endpoint = endpoints.of(replica, Deadline.after(TIMEOUT, ticker));
      return Answer.LISTENS;
    } catch (ReplicaLostException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} is lost", replica);
      return Answer.DEAD;
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} names no port: {1}", replica, e.getMessage());
      return e.code() == ErrorCode.NO_REPLICA ? Answer.LISTENS_NOWHERE : Answer.NOTHING;
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "asking " + replica + " for its port", e);
      return Answer.NOTHING;
    }
  }

  /** Where it last said that it listens; null before. */
  @Nullable Endpoint endpoint() {
    return endpoint;
  }
}
