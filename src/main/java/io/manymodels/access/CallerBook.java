package io.manymodels.access;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A callers file that was read. Immutable.
 *
 * @param keys the holders of API keys
 * @param issuers by the claim {@code iss} of their tokens
 */
record CallerBook(Map<KeyDigest, KeyHolder> keys, List<IssuerConfig> issuers) {
  CallerBook {
    keys = Map.copyOf(keys);
    issuers = List.copyOf(issuers);
  }

  /** The holder of one API key. */
  record KeyHolder(CompletableFuture<Caller> answer, Expiry expiry) {
    static KeyHolder of(Caller caller, Expiry expiry) {
      return new KeyHolder(CompletableFuture.completedFuture(caller), expiry);
    }
  }
}
