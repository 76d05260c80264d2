package io.manymodels.access;

import io.manymodels.model.ErrorCode;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The gate where nothing says who may ask: everybody scores and reads, and a token opens the admin
 * calls where one is set. Immutable.
 */
public final class OpenGate implements Gate {
  private static final CompletableFuture<Caller> ANYONE =
      CompletableFuture.completedFuture(Caller.ANYONE);
  private static final CompletableFuture<Caller> WITHOUT_TOKEN =
      CompletableFuture.completedFuture(
          Caller.withoutToken(
              ErrorCode.UNAUTHENTICATED,
              "this call needs the header Authorization: Bearer <token>"));
  private static final CompletableFuture<Caller> WITH_WRONG_TOKEN =
      CompletableFuture.completedFuture(
          Caller.withoutToken(ErrorCode.FORBIDDEN, "the token is not the one configured here"));

  private final @Nullable AdminToken adminToken;

  private OpenGate(@Nullable AdminToken adminToken) {
    this.adminToken = adminToken;
  }

  /**
   * Opens the gate.
   *
   * @param adminToken empty: admin calls are open as well
   */
  public static OpenGate with(Optional<AdminToken> adminToken) {
    return new OpenGate(adminToken.orElse(null));
  }

  @Override
  public CompletableFuture<Caller> authenticate(
      Optional<String> authorization, Optional<String> apiKey) {
    if (adminToken == null) {
      return ANYONE;
    }
    Optional<String> shown = Credential.find(authorization, apiKey);
    if (shown.isEmpty()) {
      return WITHOUT_TOKEN;
    }
    return adminToken.is(shown.get()) ? ANYONE : WITH_WRONG_TOKEN;
  }

  @Override
  public GateStatus status() {
    return GateStatus.OPEN;
  }
}
