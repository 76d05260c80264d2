package io.manymodels.transport;

import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.time.Ticker;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The open connections to one replica, one for each event loop. Thread-safe. */
final class LinkConnections {
  private final ReplicaId replica;
  private final EventLoops loops;
  private final AtomicReferenceArray<@Nullable ClientConnection> open;

  LinkConnections(ReplicaId replica, EventLoops loops) {
    this.replica = replica;
    this.loops = loops;
    this.open = new AtomicReferenceArray<>(loops.all().size());
  }

  /** Notes the connection of an event loop, or by null that there is none. */
  void set(int index, @Nullable ClientConnection connection) {
    open.set(index, connection);
  }

  /** Whether every event loop has one. */
  boolean complete() {
    for (int i = 0; i < open.length(); i++) {
      if (open.get(i) == null) {
        return false;
      }
    }
    return true;
  }

  /**
   * Makes a call on the connection of the calling thread's event loop, or of the one whose turn it
   * is.
   *
   * @param call run on the connection's event loop; it has the answer completed
   * @return fails with {@link ReplicaUnreachableException} when there is no connection
   */
  <T> CompletableFuture<T> make(BiConsumer<ClientConnection, CompletableFuture<T>> call) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    int index = loops.current();
    EventLoop loop = loops.all().get(index);
    @Nullable ClientConnection connection = open.get(index);
    if (connection == null) {
      answer.completeExceptionally(new ReplicaUnreachableException(replica, "is cut off"));
    } else if (loop.inEventLoop()) {
      call.accept(connection, answer);
    } else {
      loop.execute(() -> call.accept(connection, answer));
    }
    return answer;
  }

  /** Closes each when its calls have been answered. */
  void drain(Ticker ticker) {
    for (int i = 0; i < open.length(); i++) {
      @Nullable ClientConnection connection = open.get(i);
      if (connection != null) {
        LinkDraining.start(connection, loops.all().get(i), ticker);
      }
    }
  }
}
