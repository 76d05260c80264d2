package io.manymodels.access;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.proc.BadJWSException;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.manymodels.access.GateStatus.IssuerStatus;
import io.manymodels.access.IssuerConfig.SubjectCaller;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens by the keys of their issuers. Thread-safe.
 *
 * <p>A token that names a key which is not known, or whose signature is not by the key that it
 * names, makes it look for newer ones, and waits for them.
 */
final class Tokens {
  private static final int MAX_WAITING = 1_000;

  private final Map<String, Trusted> issuers;
  private final Executor executor;
  private final Ticker ticker;
  private final AtomicInteger waiting = new AtomicInteger();

  private record Trusted(IssuerConfig config, TokenCheck check, IssuerKeys keys) {}

  /**
   * A token that is right.
   *
   * @param until when it is so no longer
   * @param source of the keys by which it was checked
   * @param keys those keys: once the source has others, it must be checked again
   */
  record Checked(Caller caller, Instant until, IssuerKeys source, JWKSet keys) {}

  /**
   * Trusts these issuers.
   *
   * @param keys of each
   * @param executor runs the checks, some 100 us each
   */
  Tokens(
      List<IssuerConfig> issuers,
      Function<IssuerConfig, IssuerKeys> keys,
      Executor executor,
      Ticker ticker) {
    this.issuers =
        issuers.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    IssuerConfig::issuer,
                    config ->
                        new Trusted(config, new TokenCheck(config, ticker), keys.apply(config))));
    this.executor = executor;
    this.ticker = ticker;
  }

  /** In the order of their names. */
  List<IssuerStatus> status() {
    return issuers.values().stream()
        .map(trusted -> trusted.keys().status())
        .sorted(Comparator.comparing(IssuerStatus::name))
        .toList();
  }

  /** Checks a token; fails as {@link Gate#authenticate} does. Never blocks. */
  CompletableFuture<Checked> check(String text) {
    if (issuers.isEmpty() || waiting.incrementAndGet() > MAX_WAITING) {
      return CompletableFuture.failedFuture(
          issuers.isEmpty() ? unknown() : leave(overloaded(null)));
    }
    try {
      return CompletableFuture.supplyAsync(() -> parsed(text), executor)
          .thenCompose(this::check)
          .whenComplete((checked, failure) -> waiting.decrementAndGet());
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(leave(overloaded(e)));
    }
  }

  private ServingException leave(ServingException failure) {
    waiting.decrementAndGet();
    return failure;
  }

  private static SignedJWT parsed(String text) {
    try {
      return SignedJWT.parse(text);
    } catch (ParseException | RuntimeException e) {
      throw new ServingException(
          ErrorCode.UNAUTHENTICATED, "this is neither an API key nor a signed token", e);
    }
  }

  private CompletableFuture<Checked> check(SignedJWT token) {
    Trusted trusted = trusted(token);
    IssuerKeys source = trusted.keys();
    @Nullable JWKSet known = source.known();
    if (known != null && TokenCheck.names(known, token)) {
      try {
        return CompletableFuture.completedFuture(checked(token, trusted, known));
      } catch (ServingException e) {
        // The issuer may have a newer key of the same name, or its keys and tokens have no names.
        if (!(e.getCause() instanceof BadJWSException)) {
          throw e;
        }
      }
    }
    return source
        .look(known == null)
        .thenApplyAsync(
            looked -> {
              @Nullable JWKSet newer = source.known();
              if (newer == null) {
                throw new ServingException(
                    ErrorCode.ISSUER_UNAVAILABLE,
                    "the keys of the token's issuer are not known yet, and it cannot be reached");
              }
              return checked(token, trusted, newer);
            },
            executor)
        .exceptionally(
            failure -> {
              throw failure.getCause() instanceof RejectedExecutionException full
                  ? overloaded(full)
                  : known(failure);
            });
  }

  private static RuntimeException known(Throwable failure) {
    return failure instanceof RuntimeException running
        ? running
        : new IllegalStateException(failure);
  }

  private Trusted trusted(SignedJWT token) {
    try {
      @Nullable JWTClaimsSet unchecked = token.getJWTClaimsSet();
      @Nullable String issuer = unchecked == null ? null : unchecked.getIssuer();
      @Nullable Trusted trusted = issuer == null ? null : issuers.get(issuer);
      if (trusted != null) {
        return trusted;
      }
    } catch (ParseException e) {
      throw new ServingException(
          ErrorCode.UNAUTHENTICATED, "the token is refused: its claims are not JSON", e);
    }
    throw new ServingException(
        ErrorCode.UNAUTHENTICATED, "the token is refused: its issuer is not known here");
  }

  private Checked checked(SignedJWT token, Trusted trusted, JWKSet keys) {
    JWTClaimsSet claims = trusted.check().claims(token, keys);
    SubjectCaller caller = TokenCallers.of(claims, trusted.config());
    if (caller.expiry().passed(ticker)) {
      throw new ServingException(ErrorCode.UNAUTHENTICATED, "the caller's time has ended");
    }
    Date expires = claims.getExpirationTime();
    Instant until =
        caller
            .expiry()
            .earlier(expires.toInstant().plus(Duration.ofSeconds(TokenCheck.SKEW_SECONDS)));
    return new Checked(caller.caller(), until, trusted.keys(), keys);
  }

  private static ServingException unknown() {
    return new ServingException(ErrorCode.UNAUTHENTICATED, "the API key is not known here");
  }

  private static ServingException overloaded(@Nullable Exception cause) {
    ServingException overloaded =
        new ServingException(ErrorCode.OVERLOADED, "too many tokens wait to be checked");
    if (cause != null) {
      overloaded.initCause(cause);
    }
    return overloaded;
  }
}
