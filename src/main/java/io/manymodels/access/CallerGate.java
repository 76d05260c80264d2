package io.manymodels.access;

import io.manymodels.access.CallerBook.KeyHolder;
import io.manymodels.config.RequestQuota;
import io.manymodels.files.FileWatch;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Ticker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The gate where a file says who may ask. The file is watched: one that is right takes effect
 * within some seconds, one that is not is refused, and the old one stays in force. Thread-safe.
 */
public final class CallerGate implements Gate {
  private static final System.Logger LOG = System.getLogger(CallerGate.class.getName());
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Longer than any token that a header has room for; nothing longer is read. */
  private static final int MAX_CREDENTIAL = 16 << 10;

  private static final int CHECKING_THREADS = 2;
  private static final int CHECKING_QUEUE = 256;

  private static final CompletableFuture<Caller> OPERATOR =
      CompletableFuture.completedFuture(
          new Caller(
              "admin-token", EnumSet.allOf(Role.class), TenantScope.ALL, RequestQuota.UNLIMITED));

  private final Path file;
  private final @Nullable AdminToken adminToken;
  private final Ticker ticker;
  private final BoundedPool checking =
      BoundedPool.of("token-check", CHECKING_THREADS, CHECKING_QUEUE);
  private final Map<KeySource, IssuerKeys> sources = new ConcurrentHashMap<>();
  private final FileWatch watch;
  private volatile InForce inForce;
  private volatile String refused = "";

  /** What one reading of the file says, and what was found by it. */
  private record InForce(CallerBook book, Tokens tokens, SeenTokens seen) {}

  private CallerGate(Path file, Optional<AdminToken> adminToken, Duration look, Ticker ticker) {
    this.file = file;
    this.adminToken = adminToken.orElse(null);
    this.ticker = ticker;
    FileWatch.States states = FileWatch.States.of(List.of(file));
    CallerBook book;
    try {
      book = CallersFile.read(file);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    this.inForce = inForce(book, sources, checking, ticker);
    this.watch = FileWatch.start("callers-watch", List.of(file), states, look, this::takeChange);
  }

  /**
   * Reads the file and begins to watch it.
   *
   * @param adminToken opens everything as well
   * @throws IllegalArgumentException with one line that says what is wrong with the file
   */
  public static CallerGate open(Path file, Optional<AdminToken> adminToken, Ticker ticker) {
    return open(file, adminToken, LOOK, ticker);
  }

  /** As {@link #open(Path, Optional, Ticker)}, but looks at the file once in {@code look}. */
  static CallerGate open(Path file, Optional<AdminToken> adminToken, Duration look, Ticker ticker) {
    return new CallerGate(file, adminToken, look, ticker);
  }

  /** Of an issuer that was there before the keys are kept: it may be away now. */
  private static InForce inForce(
      CallerBook book, Map<KeySource, IssuerKeys> sources, BoundedPool checking, Ticker ticker) {
    Map<KeySource, IssuerKeys> before = new HashMap<>(sources);
    Tokens tokens =
        new Tokens(
            book.issuers(),
            config -> {
              KeySource source = new KeySource(config.issuer(), config.keys());
              before.remove(source);
              return sources.computeIfAbsent(
                  source, added -> IssuerKeys.start(config.name(), added, ticker));
            },
            checking,
            ticker);
    before.forEach((source, keys) -> sources.remove(source));
    before.values().forEach(IssuerKeys::close);
    return new InForce(book, tokens, new SeenTokens(ticker));
  }

  /** Only on the thread of the watch. */
  private void takeChange() {
    try {
      inForce = inForce(CallersFile.read(file), sources, checking, ticker);
      refused = "";
      LOG.log(System.Logger.Level.INFO, "{0} has changed and is in force", file);
    } catch (IllegalArgumentException e) {
      refused = "callers file refused, the previous one stays in force: " + e.getMessage();
      LOG.log(System.Logger.Level.WARNING, "{0}: {1}", file, refused);
    }
  }

  @Override
  public CompletableFuture<Caller> authenticate(
      Optional<String> authorization, Optional<String> apiKey) {
    Optional<String> shown = Credential.find(authorization, apiKey);
    if (shown.isEmpty()) {
      return unauthenticated(
          "this call needs the header Authorization: Bearer <API key or token>, or X-API-Key");
    }
    String credential = shown.get();
    if (credential.length() > MAX_CREDENTIAL) {
      return unauthenticated("an API key or token has at most " + MAX_CREDENTIAL + " characters");
    }
    InForce now = inForce;
    KeyDigest digest = KeyDigest.of(credential);
    @Nullable KeyHolder holder = now.book().keys().get(digest);
    if (holder != null) {
      return holder.expiry().passed(ticker)
          ? unauthenticated("the API key has expired")
          : holder.answer();
    }
    @Nullable CompletableFuture<Caller> seen = now.seen().caller(digest);
    if (seen != null) {
      return seen;
    }
    if (adminToken != null && adminToken.is(credential)) {
      return OPERATOR;
    }
    return now.tokens()
        .check(credential)
        .thenApply(
            checked -> {
              now.seen().put(digest, checked);
              return checked.caller();
            });
  }

  private static CompletableFuture<Caller> unauthenticated(String why) {
    return CompletableFuture.failedFuture(new ServingException(ErrorCode.UNAUTHENTICATED, why));
  }

  @Override
  public GateStatus status() {
    InForce now = inForce;
    return new GateStatus("callers", now.book().keys().size(), now.tokens().status(), refused);
  }

  @Override
  public void close() {
    watch.close();
    checking.close();
    sources.values().forEach(IssuerKeys::close);
  }
}
