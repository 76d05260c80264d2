package io.manymodels.cli.console;

import java.util.regex.Pattern;

/** Where a store is, as users type it: a URI, or the path of a folder. Stateless. */
public final class StoreLocation {
  /** Two letters at least: one is a drive of Windows. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:");

  private StoreLocation() {}

  /** A URI as it is; that of the folder for any other text. Throws {@link BadInputException}. */
  public static String of(String option, String text) {
    return text.isEmpty() || SCHEME.matcher(text).lookingAt()
        ? text
        : ModelFile.path(option, text).toAbsolutePath().normalize().toUri().toString();
  }

  /** The URI as it may be shown: without what somebody may have put into it. */
  public static String shown(String uri) {
    return uri.replaceFirst("//[^/@]*@", "//").replaceFirst("[?#].*", "");
  }
}
