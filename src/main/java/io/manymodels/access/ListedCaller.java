package io.manymodels.access;

import io.manymodels.access.CallersDocument.CallerEntry;
import io.manymodels.json.QuotaJson;
import io.manymodels.json.Yaml;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a callers file, as people see it.
 *
 * @param key the first eight digits of the key's SHA-256; null for a subject of an issuer
 * @param quota null: none
 * @param expires as it is written; null: never
 */
public record ListedCaller(
    String name,
    @Nullable String key,
    @Nullable String issuer,
    @Nullable String subject,
    List<String> roles,
    List<String> tenants,
    @Nullable QuotaJson quota,
    @Nullable String expires) {
  private static final int SHOWN_DIGITS = 8;

  /** The entries of a text that {@link CallersFile#check} has found right, in their order. */
  public static List<ListedCaller> of(String text) {
    @Nullable List<CallerEntry> callers = Yaml.read(text, CallersDocument.class).callers();
    return callers == null ? List.of() : callers.stream().map(ListedCaller::of).toList();
  }

  private static ListedCaller of(CallerEntry entry) {
    @Nullable String digest = entry.keySha256();
    return new ListedCaller(
        Objects.requireNonNull(entry.name()),
        digest == null ? null : digest.substring(0, SHOWN_DIGITS),
        entry.issuer(),
        entry.subject(),
        CallersFile.roles(entry.roles()).stream().sorted().map(Role::word).toList(),
        entry.tenants() == null ? List.of() : entry.tenants(),
        entry.quota(),
        entry.expires());
  }
}
