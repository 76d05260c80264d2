package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.jwk.JWKSet;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.TestIssuer;
import io.manymodels.threads.Completions;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Whatever comes as a credential: nobody is let in who has none that is right. */
class TokenFuzzTest {
  @TempDir private static Path folder;
  private static CallerGate gate;

  @BeforeAll
  static void open() throws IOException {
    Files.writeString(
        folder.resolve("keys.json"),
        new JWKSet(TestIssuer.rsa("key").toPublicJWK()).toString(true));
    Path file =
        Files.writeString(
            folder.resolve("callers.yaml"),
            "issuers: [{name: idp, issuer: 'https://idp', audiences: [a], jwks_file: keys.json,"
                + " tenants: ['*']}]");
    gate = CallerGate.open(file, Optional.empty(), Ticker.SYSTEM);
  }

  @AfterAll
  static void close() {
    gate.close();
  }

  @FuzzTest(maxDuration = "60s")
  void credential(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    Throwable failure =
        gate.authenticate(Optional.of("Bearer " + text), Optional.empty())
            .handle((caller, failed) -> failed)
            .join();
    assertThat(failure).as("let in by %s", text).isNotNull();
    assertThat(Completions.cause(failure))
        .isInstanceOfSatisfying(
            ServingException.class,
            refused ->
                assertThat(refused.code())
                    .isIn(ErrorCode.UNAUTHENTICATED, ErrorCode.ISSUER_UNAVAILABLE));
  }
}
