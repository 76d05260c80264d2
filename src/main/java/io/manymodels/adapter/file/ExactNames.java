package io.manymodels.adapter.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a folder has under exactly a name from what its file system gives for it. The file
 * systems of macOS and Windows, and Windows' drives under WSL, find {@code Acme} when they are
 * asked for {@code acme}, and Windows also when asked for {@code Acme.}: a tenant would be answered
 * by another tenant's model. Only a list of the folder says how an entry is named: Linux's {@code
 * realpath} repeats the question. Thread-safe.
 */
final class ExactNames {
  /** What Windows takes for devices, and names whose last dot it drops. */
  private static final Pattern RESERVED =
      Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?|.*\\.");

  private final FolderSystem system;
  private final boolean remembers;
  private volatile boolean tellsCase;
  private volatile @Nullable Set<String> names;

  ExactNames(FolderSystem system) {
    this(system, false);
  }

  private ExactNames(FolderSystem system, boolean remembers) {
    this.system = system;
    this.remembers = remembers;
  }

  /** For many questions about one folder within a moment: it is listed once at most. */
  ExactNames forOneUse() {
    return new ExactNames(system, true);
  }

  /** Whether Windows has no file of this name. */
  static boolean isReserved(String name) {
    return RESERVED.matcher(name).matches();
  }

  /**
   * Whether the file system has something under this name that is named differently. Where it tells
   * upper from lower case, this costs one look for a file that is not there.
   */
  boolean isAnothers(Path folder, String name) throws IOException {
    Path entry = folder.resolve(name);
    if (isReserved(name)) {
      return system.exists(entry) && !list(folder).contains(name);
    }
    String otherCase = otherCase(name);
    if (tellsCase || otherCase.equals(name)) {
      return false;
    }
    // Whether both are one file is not asked: FUSE gives them two inodes.
    if (system.exists(folder.resolve(otherCase))) {
      return system.exists(entry) && !list(folder).contains(name);
    }
    tellsCase = remembers && system.exists(entry);
    return false;
  }

  /** The name in another case; the same only without letters. */
  private static String otherCase(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.equals(name) ? name.toLowerCase(Locale.ROOT) : upper;
  }

  private Set<String> list(Path folder) throws IOException {
    @Nullable Set<String> listed = names;
    if (listed == null) {
      listed = Set.copyOf(FolderNames.in(folder));
      names = remembers ? listed : null;
    }
    return listed;
  }

  /** The entry that such a file system takes for this name; empty when there is none. */
  static Optional<String> takenFor(Path folder, String name) throws IOException {
    List<String> entries = FolderNames.in(folder);
    String bare = bare(name);
    return entries.stream()
        .filter(name::equalsIgnoreCase)
        .findFirst()
        .or(() -> entries.stream().filter(entry -> bare(entry).equalsIgnoreCase(bare)).findFirst());
  }

  private static String bare(String name) {
    return name.replaceFirst("\\.+$", "");
  }
}
