package io.manymodels.cli.callers;

import io.manymodels.access.CallersFile;
import io.manymodels.access.KeyDigest;
import io.manymodels.access.ListedCaller;
import io.manymodels.access.Role;
import io.manymodels.access.TenantScope;
import io.manymodels.cli.console.BadInputException;
import io.manymodels.json.QuotaJson;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
            + " The same NAME once more is a caller with two keys: without other options the new"
            + " one opens what the first does.")
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
      description =
          "Tenants, beginnings of tenants with * after them, or * for all. Needed for the role"
              + " score.")
  private @Nullable List<String> tenants;

  @Option(
      names = "--roles",
      paramLabel = "ROLE",
      split = ",",
      description = "score, read, admin (default score).")
  private @Nullable List<String> roles;

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
    @Nullable List<String> scope = tenants;
    if (scope != null) {
      check("--tenants", String.join(",", scope), () -> TenantScope.of(scope));
    }
    if (burst != null && requests == null && rows == null) {
      throw new BadInputException("--burst-s needs --requests-per-second or --rows-per-second");
    }
    String key = newKey();
    String digest = KeyDigest.of(key).hex();
    file.change(true, text -> CallersYaml.with(text, entry(digest, text)));
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

  /** The new entry, for a file of this text. */
  private Map<String, Object> entry(String digest, String text) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", name);
    entry.put("key_sha256", digest);
    Optional<ListedCaller> twin = saysWhatItOpens() ? Optional.empty() : twin(text);
    if (twin.isPresent()) {
      putRights(entry, twin.get().roles(), twin.get().tenants(), twin.get().quota());
    } else {
      List<String> given = roles == null ? List.of(Role.SCORE.word()) : roles;
      if (tenants == null && given.contains(Role.SCORE.word())) {
        throw new BadInputException("--tenants is missing: who may score needs some, or *");
      }
      putRights(entry, given, tenants, new QuotaJson(requests, rows, burst));
    }
    put(entry, "expires", expires);
    return entry;
  }

  private boolean saysWhatItOpens() {
    return tenants != null || roles != null || requests != null || rows != null;
  }

  private Optional<ListedCaller> twin(String text) {
    return text.isEmpty()
        ? Optional.empty()
        : ListedCaller.of(text).stream().filter(other -> other.name().equals(name)).findFirst();
  }

  private static void putRights(
      Map<String, Object> entry,
      List<String> roles,
      @Nullable List<String> tenants,
      @Nullable QuotaJson quota) {
    entry.put("roles", roles);
    put(entry, "tenants", tenants);
    Map<String, Object> limits = new LinkedHashMap<>();
    if (quota != null) {
      put(limits, "requests_per_second", quota.requestsPerSecond());
      put(limits, "rows_per_second", quota.rowsPerSecond());
      put(limits, "burst_s", quota.burstS());
    }
    if (!limits.isEmpty()) {
      entry.put("quota", limits);
    }
  }

  private static void put(Map<String, Object> fields, String key, @Nullable Object value) {
    if (value != null) {
      fields.put(key, value);
    }
  }
}
