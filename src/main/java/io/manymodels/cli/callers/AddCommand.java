package io.manymodels.cli.callers;

import io.manymodels.access.CallersFile;
import io.manymodels.access.KeyDigest;
import io.manymodels.access.Role;
import io.manymodels.access.TenantScope;
import io.manymodels.cli.console.BadInputException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds a caller, or another key of one, and prints the key. */
@Command(
    name = "add",
    description =
        "Make a new API key, and add it to the callers file, which gets only its SHA-256."
            + " The same NAME twice is a caller with two keys.")
final class AddCommand implements Runnable {
  private static final int KEY_BYTES = 32;
  private static final String KEY_PREFIX = "mm_";

  @Mixin private CallersFileOption file = new CallersFileOption();

  @Parameters(index = "0", paramLabel = "NAME", description = "The caller's name, for logs.")
  private String name = "";

  @Option(
      names = "--tenants",
      paramLabel = "A,B-*",
      split = ",",
      required = true,
      description = "Tenants, beginnings of tenants with * after them, or * for all.")
  private List<String> tenants = List.of();

  @Option(
      names = "--roles",
      paramLabel = "ROLE",
      split = ",",
      description = "score, read, admin (default score).")
  private List<String> roles = List.of(Role.SCORE.word());

  @Option(
      names = "--requests-per-second",
      paramLabel = "N",
      description = "The caller's quota of requests.")
  private @Nullable Double requests;

  @Option(
      names = "--rows-per-second",
      paramLabel = "N",
      description = "The caller's quota of rows.")
  private @Nullable Double rows;

  @Option(
      names = "--burst-s",
      paramLabel = "SECONDS",
      description = "What the quota gives in so many seconds may come at once (default 1).")
  private @Nullable Double burst;

  @Option(
      names = "--expires",
      paramLabel = "DATE",
      description = "When the key ends: 2027-01-31, or 2027-01-31T12:00:00Z.")
  private @Nullable String expires;

  /** What is told of a new key. */
  private record Added(String name, String key, String keySha256) {}

  @Override
  public void run() {
    if (!CallersFile.NAME.matcher(name).matches()) {
      throw BadInputException.of("NAME", name, "expected 1..64 characters of A-Z a-z 0-9 . _ @ -");
    }
    check("--tenants", String.join(",", tenants), () -> TenantScope.of(tenants));
    if (burst != null && requests == null && rows == null) {
      throw new BadInputException("--burst-s needs --requests-per-second or --rows-per-second");
    }
    String key = newKey();
    String digest = KeyDigest.of(key).hex();
    file.change(true, text -> CallersYaml.with(text, entry(digest)));
    file.print(
        new Added(name, key, digest),
        "added " + name + "\n" + key + "\nThis is the only time that the key is shown.");
  }

  private static void check(String option, String value, Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      throw BadInputException.of(option, value, String.valueOf(e.getMessage()));
    }
  }

  private static String newKey() {
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    return KEY_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private Map<String, Object> entry(String digest) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", name);
    entry.put("key_sha256", digest);
    entry.put("roles", roles);
    entry.put("tenants", tenants);
    Map<String, Object> quota = new LinkedHashMap<>();
    put(quota, "requests_per_second", requests);
    put(quota, "rows_per_second", rows);
    put(quota, "burst_s", burst);
    if (!quota.isEmpty()) {
      entry.put("quota", quota);
    }
    put(entry, "expires", expires);
    return entry;
  }

  private static void put(Map<String, Object> fields, String key, @Nullable Object value) {
    if (value != null) {
      fields.put(key, value);
    }
  }
}
