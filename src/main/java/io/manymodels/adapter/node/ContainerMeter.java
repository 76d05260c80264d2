package io.manymodels.adapter.node;

import io.manymodels.loading.MemoryMeter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the control groups of this process and the machine let it have (Linux;
 * cgroup-v2.rst and cgroup-v1/memory.rst of the kernel's documentation). Files that the kernel can
 * drop are no use of memory. A sixteenth is left: at 95 % Ray kills workers itself
 * (RAY_memory_usage_threshold). Without such files there is no limit. Thread-safe.
 */
final class ContainerMeter implements MemoryMeter {
  /** What tells of the machine, below {@code /proc}. */
  static final String MACHINE = "meminfo";

  private static final double RESERVED_SHARE = 1.0 / 16;
  private static final long KIB = 1 << 10;
  private static final String TOTAL = "MemTotal:";

  private final List<Group> groups;
  private final Path meminfo;

  /** A control group with a limit. */
  private record Group(Path limit, Path usage, Path statistics, String droppable) {
    long freeBytes() {
      long most = number(limit);
      long used = number(usage) - field(lines(statistics), droppable).orElse(0L);
      return most == Long.MAX_VALUE ? most : most - reserved(most) - used;
    }

    long limitBytes() {
      long most = number(limit);
      return most == Long.MAX_VALUE ? most : most - reserved(most);
    }
  }

  private ContainerMeter(List<Group> groups, Path meminfo) {
    this.groups = List.copyOf(groups);
    this.meminfo = meminfo;
  }

  static ContainerMeter of(Path proc, Path cgroup) {
    List<Group> groups = new ArrayList<>();
    for (String line : lines(proc.resolve("self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[1].isEmpty()) {
        addAll(groups, cgroup, parts[2], true);
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        addAll(groups, cgroup.resolve("memory"), parts[2], false);
      }
    }
    return new ContainerMeter(groups, proc.resolve(MACHINE));
  }

  /** The group and those around it, as far as they are visible from within a container. */
  private static void addAll(List<Group> groups, Path root, String name, boolean second) {
    Path own = root.resolve(name.replaceFirst("^/+", "")).normalize();
    for (Path at = own; at != null && at.startsWith(root); at = at.getParent()) {
      Group group =
          second
              ? new Group(
                  at.resolve("memory.max"),
                  at.resolve("memory.current"),
                  at.resolve("memory.stat"),
                  "inactive_file")
              : new Group(
                  at.resolve("memory.limit_in_bytes"),
                  at.resolve("memory.usage_in_bytes"),
                  at.resolve("memory.stat"),
                  "total_inactive_file");
      if (Files.isReadable(group.limit()) && Files.isReadable(group.usage())) {
        groups.add(group);
      }
    }
  }

  @Override
  public long limitBytes() {
    long most = groups.stream().mapToLong(Group::limitBytes).min().orElse(Long.MAX_VALUE);
    return field(lines(meminfo), TOTAL)
        .map(total -> Math.min(most, total * KIB - reserved(total * KIB)))
        .orElse(most);
  }

  @Override
  public long freeBytes() {
    long free = groups.stream().mapToLong(Group::freeBytes).min().orElse(Long.MAX_VALUE);
    List<String> machine = lines(meminfo);
    long total = field(machine, TOTAL).orElse(0L);
    return Math.max(
        0,
        field(machine, "MemAvailable:")
            .map(there -> Math.min(free, (there - reserved(total)) * KIB))
            .orElse(free));
  }

  @Override
  public void reclaim() {}

  private static long reserved(long total) {
    return (long) (total * RESERVED_SHARE);
  }

  /** No limit: {@code max}, in version 1 a number near the largest, and what is not there. */
  private static long number(Path file) {
    @Nullable String first = lines(file).stream().findFirst().orElse(null);
    try {
      long value = first == null ? Long.MAX_VALUE : Long.parseLong(first.strip());
      return value > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : value;
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private static Optional<Long> field(List<String> lines, String name) {
    for (String line : lines) {
      String[] words = line.strip().split("\\s+", 3);
      if (words.length > 1 && words[0].equals(name)) {
        return Optional.of(Long.parseLong(words[1]));
      }
    }
    return Optional.empty();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
