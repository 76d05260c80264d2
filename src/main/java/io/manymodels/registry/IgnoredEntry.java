package io.manymodels.registry;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;

/**
 * Something that lies in a registry and is not taken for a tenant or a version. For people: names
 * are those that somebody else chose, with what is not printable replaced.
 *
 * @param name where it lies, as {@code tenant1/v2}; at most {@value #MAX_NAME} characters
 * @param reason why it is not taken
 */
public record IgnoredEntry(String name, String reason) {
  private static final int MAX_NAME = 300;

  public IgnoredEntry {
    name = name.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    name = name.length() > MAX_NAME ? name.substring(0, MAX_NAME) + "..." : name;
  }

  /** An entry with a name that {@link ModelVersion#parse} does not take, with the reason. */
  public static IgnoredEntry noVersion(TenantId tenant, String name) {
    return new IgnoredEntry(tenant + "/" + name, reason(name));
  }

  private static String reason(String name) {
    if (name.matches("0+")) {
      return "the lowest version is 1";
    }
    if (name.matches("0[0-9]+")) {
      return "a version has no leading zeros";
    }
    return name.matches("[0-9]+")
        ? "the highest version is " + ModelVersion.MAX_NUMBER
        : "a version is a whole number, as 3 or 20261129074500";
  }

  @Override
  public String toString() {
    return name + " (" + reason + ")";
  }
}
