package io.manymodels.access;

import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tenants that a caller may ask: names, beginnings of names, or all. Immutable. */
public final class TenantScope {
  public static final TenantScope ALL = new TenantScope(true, Set.of(), List.of());
  public static final TenantScope NONE = new TenantScope(false, Set.of(), List.of());

  private static final String WILDCARD = "*";

  private final boolean all;
  private final Set<TenantId> names;
  private final List<String> prefixes;

  private TenantScope(boolean all, Set<TenantId> names, List<String> prefixes) {
    this.all = all;
    this.names = Set.copyOf(names);
    this.prefixes = List.copyOf(prefixes);
  }

  /**
   * Reads what a person wrote.
   *
   * @param texts each a name, a beginning that ends in {@code *}, or {@code *} for all
   * @throws IllegalArgumentException with one line that names the text that is none of these
   */
  public static TenantScope of(Collection<String> texts) {
    boolean all = false;
    Set<TenantId> names = new HashSet<>();
    List<String> prefixes = new ArrayList<>();
    for (String text : texts) {
      if (text.equals(WILDCARD)) {
        all = true;
      } else if (text.endsWith(WILDCARD)) {
        prefixes.add(name(text, text.substring(0, text.length() - 1)).value());
      } else {
        names.add(name(text, text));
      }
    }
    return new TenantScope(all, names, prefixes);
  }

  private static TenantId name(String text, String name) {
    return TenantId.parse(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "tenants: '"
                        + text
                        + "' is not a tenant, the beginning of tenants with * after it, or *"));
  }

  /** What {@link #of} reads as the same scope. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    if (all) {
      texts.add(WILDCARD);
    }
    prefixes.forEach(prefix -> texts.add(prefix + WILDCARD));
    names.stream().sorted().forEach(name -> texts.add(name.value()));
    return texts;
  }

  public boolean contains(TenantId tenant) {
    return all || names.contains(tenant) || hasPrefix(tenant.value());
  }

  private boolean hasPrefix(String name) {
    for (String prefix : prefixes) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /** Whether every tenant is in it, those to come as well. */
  public boolean isAll() {
    return all;
  }

  /** Whether no tenant is in it. */
  public boolean isNone() {
    return !all && names.isEmpty() && prefixes.isEmpty();
  }

  /** What is in this one, and what is in the other. */
  TenantScope and(TenantScope other) {
    Set<TenantId> bothNames = new HashSet<>(names);
    bothNames.addAll(other.names);
    List<String> bothPrefixes = new ArrayList<>(prefixes);
    bothPrefixes.addAll(other.prefixes);
    return new TenantScope(all || other.all, bothNames, bothPrefixes);
  }
}
