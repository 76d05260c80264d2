package io.manymodels.adapter.file;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.IgnoredVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The versions in a tenant's folder: folders that are named by a number and hold a {@code
 * metadata.json}, or an MLflow folder named {@code model}; one without is still being copied.
 * Folders with other names are told to the log, each once. Thread-safe.
 */
final class VersionFolders {
  private final IgnoredVersions ignored = new IgnoredVersions();

  /**
   * In ascending order.
   *
   * @param names of all that lies in the folder
   * @throws IOException when it cannot be told whether one of them is a version: without it, the
   *     tenant might be served an older one
   */
  List<ModelVersion> in(TenantId tenant, Path folder, List<String> names) throws IOException {
    List<ModelVersion> versions = new ArrayList<>();
    for (String name : names) {
      Optional<ModelVersion> version = ModelVersion.parse(name);
      if (version.isPresent()) {
        if (isPublished(folder.resolve(name))) {
          versions.add(version.get());
        }
      } else if (!name.startsWith(".") && Files.isDirectory(folder.resolve(name))) {
        ignored.note(tenant, name);
      }
    }
    Collections.sort(versions);
    return List.copyOf(versions);
  }

  /** Whether a version can be seen in the folder. */
  static boolean hasOne(Path folder) {
    try {
      return Files.isDirectory(folder)
          && FolderNames.in(folder).stream()
              .anyMatch(
                  name -> ModelVersion.parse(name).isPresent() && isVersion(folder.resolve(name)));
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** All that is no version, in order of its name. */
  static List<IgnoredEntry> others(TenantId tenant, Path folder) throws IOException {
    List<IgnoredEntry> others = new ArrayList<>();
    for (String name : new TreeSet<>(FolderNames.in(folder))) {
      if (name.startsWith(".") || name.equals(RegistryFolder.LIVE)) {
        continue;
      }
      if (ModelVersion.parse(name).isEmpty()) {
        others.add(IgnoredEntry.noVersion(tenant, name));
      } else if (!isVersion(folder.resolve(name))) {
        others.add(new IgnoredEntry(tenant + "/" + name, whyNotPublished(folder.resolve(name))));
      }
    }
    return others;
  }

  private static String whyNotPublished(Path version) {
    if (!Files.isDirectory(version)) {
      return "not a folder";
    }
    return Files.exists(metadata(version), LinkOption.NOFOLLOW_LINKS)
        ? "its metadata.json is not a readable file"
        : "it has no metadata.json, which makes it a version; publish it by --dir";
  }

  private static boolean isPublished(Path version) throws IOException {
    try {
      return Files.readAttributes(metadata(version), BasicFileAttributes.class).isRegularFile();
    } catch (NoSuchFileException withoutMetadata) {
      return Files.isRegularFile(version.resolve(MlflowVersions.FILE));
    } catch (IOException e) {
      if (Files.isRegularFile(version)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isVersion(Path version) {
    return Files.isRegularFile(metadata(version))
        || Files.isRegularFile(version.resolve(MlflowVersions.FILE));
  }

  private static Path metadata(Path version) {
    return version.resolve(RegistryFolder.METADATA);
  }
}
