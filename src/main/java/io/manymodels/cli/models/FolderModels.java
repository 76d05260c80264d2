package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The models in a folder: files {@code <tenant>.<format>}, and the layout of a registry. What
 * starts with a dot, or ends in no known format, is left alone. Immutable.
 *
 * @param models by the name of the tenant, each in the order in which they are published
 * @param others files and folders that were left alone
 */
record FolderModels(SortedMap<String, List<Source>> models, int others) {
  private static final String METADATA = "metadata.json";

  /**
   * One model.
   *
   * @param version none when the file's name tells of none
   * @param live whether it is the version of its tenant that becomes live, if any does
   */
  record Source(Path file, Optional<ModelVersion> version, String format, boolean live) {

    /** The description in the metadata beside it, if there is one. */
    Optional<String> description() {
      Path metadata = file.resolveSibling(METADATA);
      if (version.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Files.size(metadata) > ArtifactMetadata.MAX_BYTES
            ? Optional.empty()
            : Optional.ofNullable(
                Json.read(Files.readString(metadata), ArtifactMetadata.class).description());
      } catch (IOException | IllegalArgumentException e) {
        return Optional.empty();
      }
    }
  }

  FolderModels {
    models = Collections.unmodifiableSortedMap(models);
  }

  /** Throws {@link BadInputException} when the folder cannot be read or holds no model. */
  static FolderModels in(Path folder, List<ModelLoader> loaders) {
    Set<String> formats = new TreeSet<>();
    loaders.forEach(loader -> formats.add(loader.format()));
    SortedMap<String, List<Source>> models = new TreeMap<>();
    int others = 0;
    try {
      for (Path entry : entries(folder)) {
        boolean taken =
            ModelFile.isVisibleFolder(entry)
                ? addTenant(models, entry, formats)
                : addFile(models, entry, formats);
        others += taken || ModelFile.name(entry).startsWith(".") ? 0 : 1;
      }
    } catch (IOException e) {
      throw BadInputException.of(
          "--dir",
          folder.toString(),
          "cannot be read (" + e.getClass().getSimpleName() + "); expected a folder");
    }
    if (models.isEmpty()) {
      throw BadInputException.of(
          "--dir",
          folder.toString(),
          "holds no model: neither <tenant>.<format> nor <tenant>/<version>/model.<format>; formats: "
              + formats);
    }
    return new FolderModels(models, others);
  }

  int size() {
    return models.values().stream().mapToInt(List::size).sum();
  }

  private static boolean addFile(Map<String, List<Source>> models, Path file, Set<String> formats) {
    String name = ModelFile.name(file);
    int dot = name.lastIndexOf('.');
    if (!ModelFile.isVisibleFile(file) || dot < 1 || !formats.contains(name.substring(dot + 1))) {
      return false;
    }
    Source source = new Source(file, Optional.empty(), name.substring(dot + 1), true);
    models.computeIfAbsent(name.substring(0, dot), tenant -> new ArrayList<>()).add(source);
    return true;
  }

  private static boolean addTenant(
      Map<String, List<Source>> models, Path tenant, Set<String> formats) throws IOException {
    SortedMap<ModelVersion, Path> byVersion = new TreeMap<>();
    for (Path entry : entries(tenant)) {
      if (Files.isDirectory(entry)) {
        ModelVersion.parse(ModelFile.name(entry)).ifPresent(found -> byVersion.put(found, entry));
      }
    }
    List<Path> versions = new ArrayList<>(byVersion.values());
    Map<Path, String> found = new TreeMap<>();
    for (Path version : versions) {
      for (String format : formats) {
        if (Files.isRegularFile(version.resolve("model." + format))) {
          found.putIfAbsent(version, format);
        }
      }
    }
    versions.retainAll(found.keySet());
    if (versions.isEmpty()) {
      return false;
    }
    String live = live(tenant, versions);
    List<Source> sources =
        models.computeIfAbsent(ModelFile.name(tenant), name -> new ArrayList<>());
    for (Path version : versions) {
      String number = ModelFile.name(version);
      String format = found.getOrDefault(version, "");
      sources.add(
          new Source(
              version.resolve("model." + format),
              ModelVersion.parse(number),
              format,
              number.equals(live)));
    }
    return true;
  }

  /** The version that the folder's own alias names, else the highest. */
  private static String live(Path tenant, List<Path> versions) {
    String highest = ModelFile.name(versions.get(versions.size() - 1));
    Path alias = tenant.resolve("live");
    try {
      @Nullable String named = Files.size(alias) < 64 ? Files.readString(alias).strip() : null;
      return named != null && versions.contains(tenant.resolve(named)) ? named : highest;
    } catch (IOException | IllegalArgumentException e) {
      return highest;
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(entries::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(entries);
    return entries;
  }

  /** The tenant of a name, or {@link CommandFailedException} as bad input. */
  static TenantId tenant(String name, Path file) {
    try {
      return new TenantId(name);
    } catch (IllegalArgumentException e) {
      throw CommandFailedException.badInput(file + ": '" + name + "': " + e.getMessage());
    }
  }
}
