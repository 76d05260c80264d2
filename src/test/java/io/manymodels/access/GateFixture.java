package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.FakeTicker;
import io.manymodels.threads.Completions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A gate that reads a file of callers, and questions to it. */
abstract class GateFixture {
  private static final Duration LOOK = Duration.ofMillis(10);

  @TempDir Path folder;
  final FakeTicker ticker = new FakeTicker();
  @Nullable CallerGate gate;

  final void write(String callers) {
    try {
      Path unnamed = Files.writeString(folder.resolve("new"), callers);
      Files.move(unnamed, file(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  final Path file() {
    return folder.resolve("callers.yaml");
  }

  final CallerGate open(String callers) {
    return open(callers, Optional.empty());
  }

  final CallerGate open(String callers, Optional<AdminToken> adminToken) {
    write(callers);
    gate = CallerGate.open(file(), adminToken, LOOK, ticker);
    return gate;
  }

  @AfterEach
  final void close() {
    if (gate != null) {
      gate.close();
    }
  }

  final Caller caller(String credential) {
    try {
      return ask(Optional.of("Bearer " + credential), Optional.empty());
    } catch (ServingException e) {
      throw new AssertionError("refused: " + e.code() + ": " + e.getMessage(), e);
    }
  }

  /** Throws what the gate fails with. */
  final Caller ask(Optional<String> authorization, Optional<String> apiKey) {
    assertThat(gate).isNotNull();
    try {
      return gate.authenticate(authorization, apiKey).get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (Completions.cause(e.getCause()) instanceof ServingException refused) {
        throw refused;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Why this credential is refused; never repeats it. */
  final String refusal(String credential) {
    return refusal(credential, ErrorCode.UNAUTHENTICATED);
  }

  final String refusal(String credential, ErrorCode code) {
    try {
      Caller caller = ask(Optional.of("Bearer " + credential), Optional.empty());
      return fail("taken for " + caller);
    } catch (ServingException e) {
      assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
      if (credential.length() > 8) {
        assertThat(e.getMessage()).doesNotContain(credential);
      }
      return String.valueOf(e.getMessage());
    }
  }
}
