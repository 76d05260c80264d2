package io.manymodels.access;

import io.manymodels.access.CallerBook.KeyHolder;
import io.manymodels.access.CallersDocument.CallerEntry;
import io.manymodels.access.CallersDocument.IssuerEntry;
import io.manymodels.access.IssuerConfig.SubjectCaller;
import io.manymodels.json.QuotaJson;
import io.manymodels.json.Yaml;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the file that says who may ask for what: YAML or JSON, see docs/access.md. What is wrong
 * throws {@link IllegalArgumentException} with one line that names the caller or issuer and the
 * key. Stateless.
 */
public final class CallersFile {
  public static final int MAX_BYTES = 4 << 20;

  /** The names of callers, which appear in logs and messages. */
  public static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");

  private static final int MAX_ENTRIES = 10_000;

  private CallersFile() {}

  /** Reads a file of at most 4 MiB. */
  static CallerBook read(Path file) {
    return parse(text(file), file);
  }

  /** The text of a file of at most 4 MiB; throws as all of this class does. */
  public static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException("the file is larger than 4 MiB");
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no such file", e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the file is not UTF-8", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("the file cannot be read: " + e.getMessage(), e);
    }
  }

  /** Says what is wrong with a text by throwing it; returns when nothing is. */
  public static void check(String text, Path file) {
    var unused = parse(text, file);
  }

  /**
   * Reads the text of a file.
   *
   * @param file whose folder the names of files in it are relative to
   */
  static CallerBook parse(String text, Path file) {
    CallersDocument document = Yaml.read(text, CallersDocument.class);
    List<CallerEntry> callers = entries("callers", document.callers());
    Map<KeyDigest, KeyHolder> keys = new HashMap<>();
    Map<String, Map<String, SubjectCaller>> subjects = new HashMap<>();
    Map<String, CallerEntry> byName = new HashMap<>();
    for (CallerEntry entry : callers) {
      String name = name("callers", entry.name());
      at("caller '" + name + "'", () -> read(entry, name, byName, keys, subjects));
    }
    Map<String, IssuerConfig> issuers = new HashMap<>();
    for (IssuerEntry entry : entries("issuers", document.issuers())) {
      String name = name("issuers", entry.name());
      at(
          "issuer '" + name + "'",
          () -> {
            Map<String, SubjectCaller> known = subjects.remove(name);
            IssuerConfig read = IssuerReader.read(entry, name, file, known);
            if (issuers.values().stream().anyMatch(other -> other.name().equals(name))
                || issuers.put(read.issuer(), read) != null) {
              throw new IllegalArgumentException("it is there twice");
            }
          });
    }
    subjects
        .keySet()
        .forEach(
            unknown -> {
              throw new IllegalArgumentException(
                  "callers: there is no issuer '" + unknown + "' among the issuers");
            });
    return new CallerBook(keys, List.copyOf(issuers.values()));
  }

  private static void read(
      CallerEntry entry,
      String name,
      Map<String, CallerEntry> byName,
      Map<KeyDigest, KeyHolder> keys,
      Map<String, Map<String, SubjectCaller>> subjects) {
    Set<Role> roles = roles(entry.roles());
    TenantScope tenants = tenants(entry.tenants(), roles.contains(Role.SCORE));
    Caller caller = new Caller(name, roles, tenants, QuotaJson.read(entry.quota()));
    @Nullable CallerEntry twin = byName.putIfAbsent(name, entry);
    if (twin != null && !rights(twin).equals(rights(entry))) {
      throw new IllegalArgumentException(
          "it is there twice, with different roles, tenants or quota");
    }
    Expiry expiry = Expiry.of(entry.expires());
    @Nullable String digest = entry.keySha256();
    @Nullable String issuer = entry.issuer();
    @Nullable String subject = entry.subject();
    if (digest != null && issuer == null && subject == null) {
      if (keys.put(KeyDigest.ofHex(digest), KeyHolder.of(caller, expiry)) != null) {
        throw new IllegalArgumentException("key 'key_sha256': another entry has the same key");
      }
    } else if (digest == null && issuer != null && subject != null) {
      Map<String, SubjectCaller> known =
          subjects.computeIfAbsent(issuer, absent -> new HashMap<>());
      if (known.put(subject, new SubjectCaller(caller, expiry)) != null) {
        throw new IllegalArgumentException("key 'subject': another entry has the same subject");
      }
    } else {
      throw new IllegalArgumentException("needs either key_sha256, or issuer and subject");
    }
  }

  private static List<Object> rights(CallerEntry entry) {
    return List.of(
        roles(entry.roles()),
        Set.copyOf(entry.tenants() == null ? List.of() : entry.tenants()),
        QuotaJson.read(entry.quota()));
  }

  /** Adds to a complaint where it is. */
  private static void at(String place, Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(place + ": " + e.getMessage(), e);
    }
  }

  private static <E> List<E> entries(String key, @Nullable List<E> given) {
    List<E> entries = filled(key, given);
    if (entries.size() > MAX_ENTRIES) {
      throw new IllegalArgumentException(
          "key '" + key + "': " + entries.size() + " are more than " + MAX_ENTRIES);
    }
    return entries;
  }

  /** A list of the file, which has no empty entry; null: an empty list. */
  static <E> List<E> filled(String key, @Nullable List<E> given) {
    List<E> entries = given == null ? List.of() : given;
    if (entries.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("key '" + key + "': an entry is empty");
    }
    return entries;
  }

  private static String name(String list, @Nullable String name) {
    if (name == null) {
      throw new IllegalArgumentException("key '" + list + "': an entry has no name");
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "key '" + list + "': a name is 1..64 characters of A-Z a-z 0-9 . _ @ -");
    }
    return name;
  }

  /** The roles of these names; {@link Role#SCORE} for null. */
  static Set<Role> roles(@Nullable List<String> words) {
    return words == null ? EnumSet.of(Role.SCORE) : rolesOf(words);
  }

  private static Set<Role> rolesOf(Collection<String> words) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String word : words) {
      roles.add(
          Role.ofWord(String.valueOf(word))
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "key 'roles': '" + word + "' is not one of score, read, admin")));
    }
    return roles;
  }

  private static TenantScope tenants(@Nullable List<String> texts, boolean needed) {
    if (texts == null && !needed) {
      return TenantScope.NONE;
    }
    if (texts == null || texts.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "key 'tenants': missing; name some, the beginnings of some as \"shop-*\", or \"*\"");
    }
    return TenantScope.of(texts);
  }
}
