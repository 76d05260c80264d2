package io.manymodels.adapter.file;

import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The files that publishers left in a registry folder when they died, under names that start with a
 * dot. What is younger than an hour may be the work of one that lives. Failures to remove are no
 * failures: the next publisher tries again. Immutable and thread-safe.
 */
final class Leftovers {
  static final String NEW = ".new-";
  static final String NEW_LIVE = ".live-";
  static final String DELETED = ".deleted-";

  /** The last is the notebook's. */
  private static final List<String> PREFIXES = List.of(NEW, NEW_LIVE, DELETED, ".partial-");

  private static final Duration ABANDONED = Duration.ofHours(1);

  private static final int MAX_WALKS = 10;

  private final Ticker ticker;

  Leftovers(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Removes what lies directly in the folder and was last written to more than an hour ago. */
  void sweep(Path folder) {
    Instant latest = ticker.now().minus(ABANDONED);
    removeIf(
        folder,
        name ->
            PREFIXES.stream().anyMatch(name::startsWith)
                && lastWritten(folder.resolve(name)).isBefore(latest));
  }

  /** Removes what was made invisible by deletion. */
  void removeDeleted(Path folder) {
    removeIf(folder, name -> name.startsWith(DELETED));
  }

  /** Removes a file, link or folder; never what a link leads to. */
  static void removeTree(Path top) {
    // A publisher whose system call found the folder before it was hidden still adds a file to it.
    for (int walk = 1; walk <= MAX_WALKS; walk++) {
      try {
        removeOnce(top);
        return;
      } catch (DirectoryNotEmptyException grown) {
        // Walk again.
      } catch (IOException stays) {
        return; // The next publisher tries again.
      }
    }
  }

  private static void removeOnce(Path top) throws IOException {
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void removeIf(Path folder, Predicate<String> isLeftover) {
    try {
      for (String name : FolderNames.in(folder)) {
        if (isLeftover.test(name)) {
          removeTree(folder.resolve(name));
        }
      }
    } catch (IOException stays) {
      // The next publisher tries again.
    }
  }

  /**
   * The last write of the file, or of the folder and all files in it: a file that grows does not
   * touch its folder.
   */
  private static Instant lastWritten(Path leftover) {
    try {
      Instant last = modified(leftover);
      if (Files.isDirectory(leftover, LinkOption.NOFOLLOW_LINKS)) {
        for (String name : FolderNames.in(leftover)) {
          Instant inner = modified(leftover.resolve(name));
          last = inner.isAfter(last) ? inner : last;
        }
      }
      return last;
    } catch (IOException gone) {
      return Instant.MAX;
    }
  }

  private static Instant modified(Path file) throws IOException {
    return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
  }
}
