package io.manymodels.adapter.nodecache;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.threads.Awaiting;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Single flight within this process: one fetch at a time for each artifact, whose result goes to
 * all concurrent callers. Thread-safe.
 */
final class Flights {

  private record Flight(ModelRef ref, CompletableFuture<Optional<ByteBuffer>> answer) {}

  private final ConcurrentMap<ArtifactDigest, Flight> underWay = new ConcurrentHashMap<>();
  private final Duration patience;

  /** {@code patience} is how long one waits for another thread's fetch. */
  Flights(Duration patience) {
    this.patience = patience;
  }

  /**
   * The result of {@code fetch}, or of the fetch of a thread that asked before.
   *
   * <p>Artifacts of two models may be the same bytes and yet lie in two places: a failure, and that
   * there is nothing, is only the answer for the model whose artifact was fetched.
   *
   * @param alone brings the bytes when the other thread takes too long
   */
  Optional<ByteBuffer> join(
      ArtifactDescriptor artifact,
      Supplier<Optional<ByteBuffer>> fetch,
      Supplier<Optional<ByteBuffer>> alone) {
    while (true) {
      Flight mine = new Flight(artifact.ref(), new CompletableFuture<>());
      @Nullable Flight other = underWay.putIfAbsent(artifact.digest(), mine);
      if (other == null) {
        return fly(artifact.digest(), mine, fetch);
      }
      try {
        Optional<ByteBuffer> answer =
            other.answer().get(patience.toNanos(), TimeUnit.NANOSECONDS).map(ByteBuffer::duplicate);
        if (answer.isPresent() || other.ref().equals(artifact.ref())) {
          return answer;
        }
      } catch (TimeoutException e) {
        return alone.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return alone.get();
      } catch (ExecutionException e) {
        if (other.ref().equals(artifact.ref())) {
          throw Awaiting.unchecked(e);
        }
      }
    }
  }

  private Optional<ByteBuffer> fly(
      ArtifactDigest digest, Flight flight, Supplier<Optional<ByteBuffer>> fetch) {
    try {
      Optional<ByteBuffer> answer = fetch.get();
      underWay.remove(digest, flight);
      flight.answer().complete(answer);
      return answer.map(ByteBuffer::duplicate);
    } catch (RuntimeException | Error e) {
      underWay.remove(digest, flight);
      flight.answer().completeExceptionally(e);
      throw e;
    }
  }
}
