package io.manymodels.calls;

import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.Endpoint;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.ReplicaLinks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Calls {@link OwnEcho} as a Dispatcher calls a replica. */
final class OwnCaller implements Caller {
  private static final ReplicaId REPLICA = new ReplicaId("Deployment1", "bench");
  private static final byte[] WRONG = {};
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long LOOK_NANOS = 10_000_000;

  private final EventLoops loops = EventLoops.start("bench-client");
  private final ReplicaLinks links;
  private final TenantId tenant = new TenantId(Frames.TENANT);
  private final Rows rows = Frames.row();

  /** {@code local}: over the socket of those on one machine, not over the port. */
  OwnCaller(int port, boolean local) {
    List<String> secrets = secrets(port);
    String socket = local ? secrets.get(1) : "";
    Endpoint endpoint = new Endpoint("127.0.0.1", port, secrets.get(0), false, socket);
    PredictClient nobody =
        (replica, call, deadline) ->
            CompletableFuture.failedFuture(new IllegalStateException("not connected"));
    links =
        new ReplicaLinks(
            new OneReplica(),
            List.of(REPLICA.deployment()),
            nobody,
            loops,
            (replica, deadline) -> endpoint,
            Optional.empty(),
            Ticker.SYSTEM);
    Deadline longest = Deadline.after(TIMEOUT, Ticker.SYSTEM);
    while (!links.connected(REPLICA)) {
      if (longest.passed()) {
        throw new IllegalStateException("no connection to the replica");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  static Path tokenFile(int port) {
    return Path.of(System.getProperty("bench.token") + "." + port);
  }

  /** The token and the socket's name. */
  private static List<String> secrets(int port) {
    try {
      return Files.readAllLines(tokenFile(port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void call(byte[] frame, Consumer<byte[]> done) {
    Deadline deadline = Deadline.after(TIMEOUT, Ticker.SYSTEM);
    var unused =
        links
            .predict(REPLICA, new PredictCall(tenant, rows), deadline)
            .whenComplete(
                (reply, failure) -> {
                  if (failure != null) {
                    done.accept(null);
                  } else {
                    boolean right =
                        reply instanceof Predicted predicted
                            && predicted.ref().tenant().equals(tenant);
                    done.accept(right ? frame : WRONG);
                  }
                });
  }

  @Override
  public void close() {
    links.close();
    loops.close();
  }

  private static final class OneReplica implements ReplicaDirectory {
    @Override
    public List<ReplicaId> replicas(String deployment) {
      return List.of(REPLICA);
    }

    @Override
    public void reportLost(ReplicaId replica) {
      throw new IllegalStateException("the replica is lost");
    }

    @Override
    public void onChange(Runnable listener) {
      // Nothing changes.
    }
  }
}
