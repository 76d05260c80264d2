package io.manymodels.access;

import io.manymodels.model.ServingException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Stands before every call of every protocol, and says who sent it. Thread-safe. */
public interface Gate extends AutoCloseable {
  /**
   * Says who sent a request. Never blocks. The answer is there at once for API keys, and for tokens
   * that were seen before; else it completes on a thread that must not be blocked, within some
   * seconds.
   *
   * @param authorization the header {@code Authorization}, or the metadata of gRPC by that name
   * @param apiKey the header {@code X-API-Key}, which counts when there is no {@code Authorization}
   * @return fails with {@link ServingException}: {@code UNAUTHENTICATED} for whoever is not known,
   *     {@code ISSUER_UNAVAILABLE} or {@code OVERLOADED} when that cannot be found out now
   */
  CompletableFuture<Caller> authenticate(Optional<String> authorization, Optional<String> apiKey);

  /** The state of access control, and what is wrong with its configuration, for operators. */
  GateStatus status();

  /** Ends its threads; nobody is authenticated any more who needs them. */
  @Override
  default void close() {}
}
