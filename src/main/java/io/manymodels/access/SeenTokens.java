package io.manymodels.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.jwk.JWKSet;
import io.manymodels.access.Tokens.Checked;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that were found right, until they end or their issuer has other keys. Bounded;
 * thread-safe.
 */
final class SeenTokens {
  private static final int MAX_TOKENS = 20_000;

  private final Ticker ticker;
  private final Cache<KeyDigest, Seen> seen =
      Caffeine.newBuilder().maximumSize(MAX_TOKENS).executor(Runnable::run).build();

  private record Seen(
      CompletableFuture<Caller> answer, Deadline until, IssuerKeys source, JWKSet keys) {}

  SeenTokens(Ticker ticker) {
    this.ticker = ticker;
  }

  /** The caller, if the token is right still; null when it has to be checked. */
  // The same object, not an equal one: a source keeps it for as long as its keys are these.
  @SuppressWarnings("ReferenceEquality")
  @Nullable CompletableFuture<Caller> caller(KeyDigest token) {
    @Nullable Seen found = seen.getIfPresent(token);
    if (found == null) {
      return null;
    }
    if (found.source().known() != found.keys() || found.until().passed()) {
      seen.invalidate(token);
      return null;
    }
    return found.answer();
  }

  void put(KeyDigest token, Checked checked) {
    Duration left = Duration.between(ticker.now(), checked.until());
    seen.put(
        token,
        new Seen(
            CompletableFuture.completedFuture(checked.caller()),
            Deadline.after(left, ticker),
            checked.source(),
            checked.keys()));
  }
}
