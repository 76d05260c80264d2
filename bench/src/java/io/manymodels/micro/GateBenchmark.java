package io.manymodels.micro;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.manymodels.access.Caller;
import io.manymodels.access.CallerGate;
import io.manymodels.access.Gate;
import io.manymodels.access.KeyDigest;
import io.manymodels.access.OpenGate;
import io.manymodels.access.Role;
import io.manymodels.config.RequestQuota;
import io.manymodels.config.TenantQuotas;
import io.manymodels.model.TenantId;
import io.manymodels.quota.Quotas;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Who sends a request and whether they may, among 1,000 callers; and what a quota adds. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GateBenchmark {
  private static final int CALLERS = 1_000;
  private static final String KEY = "mm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
  private static final String ISSUER = "https://login.example/v2.0";
  private static final TenantId TENANT = new TenantId("tenant29");
  private static final RequestQuota PLENTY = new RequestQuota(1e6, 1e9, 60);

  private final Gate open = OpenGate.with(Optional.empty());
  private final Quotas quotas = new Quotas(Ticker.SYSTEM);
  private Path folder;
  private CallerGate gate;
  private Optional<String> key;
  private Optional<String> token;

  /** Of about 1,000 characters, as those of Entra ID are. */
  private static String signed(RSAKey key) throws JOSEException {
    Instant now = Instant.now();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .subject("3f0c2f6e-5d3b-4a4c-9a55-0e7c2c0c5a10")
            .audience("many-models")
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(Duration.ofHours(24))))
            .claim("padding", "x".repeat(350))
            .build();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(), claims);
    token.sign(new RSASSASigner(key));
    return token.serialize();
  }

  @Setup
  public void open() throws IOException, JOSEException {
    RSAKey signer = new RSAKeyGenerator(2_048).keyID("key").generate();
    folder = Files.createTempDirectory("gate");
    Files.writeString(folder.resolve("keys.json"), new JWKSet(signer.toPublicJWK()).toString());
    StringBuilder callers = new StringBuilder("callers:\n");
    for (int i = 0; i < CALLERS; i++) {
      String digest = KeyDigest.of(i == 0 ? KEY : "key-" + i).hex();
      callers.append(
          "- {name: c" + i + ", key_sha256: " + digest + ", tenants: [a-*, tenant29]}\n");
    }
    callers.append(
        "issuers:\n- {name: idp, issuer: '"
            + ISSUER
            + "', audiences: [many-models], jwks_file: keys.json, tenants: [tenant29]}\n");
    Path file = Files.writeString(folder.resolve("callers.yaml"), callers);
    gate = CallerGate.open(file, Optional.empty(), Ticker.SYSTEM);
    key = Optional.of("Bearer " + KEY);
    token = Optional.of("Bearer " + signed(signer));
    gate.authenticate(token, Optional.empty()).join().require(Role.SCORE, TENANT);
    quotas.reconfigure(new TenantQuotas(PLENTY, new TreeMap<>()));
  }

  @TearDown
  public void close() throws IOException {
    gate.close();
    for (String name : List.of("keys.json", "callers.yaml")) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder);
  }

  private static Caller asked(Gate gate, Optional<String> authorization) {
    Caller caller = gate.authenticate(authorization, Optional.empty()).join();
    caller.require(Role.SCORE, TENANT);
    return caller;
  }

  @Benchmark
  public Caller nobodyConfigured() {
    return asked(open, key);
  }

  @Benchmark
  public Caller apiKey() {
    return asked(gate, key);
  }

  @Benchmark
  public Caller seenToken() {
    return asked(gate, token);
  }

  @Benchmark
  public void quotaOfTenantAndCaller() {
    quotas.take("shop", PLENTY, TENANT, 1);
  }
}
