package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Naming;
import java.io.IOException;
import java.nio.ByteBuffer;
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

/**
 * The models in a folder: files {@code <tenant>.<format>} with an example beside them, the layout
 * of a registry, and MLflow folders. What starts with a dot, or ends in no known format, is left
 * alone. Immutable.
 *
 * @param models by the name of the tenant, each in the order in which they are published
 * @param others files and folders that were left alone
 */
record FolderModels(SortedMap<String, List<Source>> models, int others) {
  private static final String METADATA = "metadata.json";
  private static final String EXAMPLE = ".example.json";

  /** The name that MLflow gives to a folder when nobody names it, and ours to a model's file. */
  private static final String MODEL = "model";

  /**
   * One model.
   *
   * @param file of the model, or the folder of an MLflow model
   * @param version none when the file's name tells of none
   * @param live whether it is the version of its tenant that becomes live, if any does
   */
  record Source(Path file, Optional<ModelVersion> version, String format, boolean live) {

    /**
     * The metadata of the version's folder, if there are any.
     *
     * @throws BadInputException when they cannot be read
     */
    Optional<ArtifactMetadata> metadata() {
      Path metadata = file.resolveSibling(METADATA);
      if (version.isEmpty() || !Files.isRegularFile(metadata)) {
        return Optional.empty();
      }
      try {
        ByteBuffer text = ModelFile.readSmall(metadata, ArtifactMetadata.MAX_BYTES);
        if (text.remaining() > ArtifactMetadata.MAX_BYTES) {
          throw new IllegalArgumentException(
              "it is larger than " + ArtifactMetadata.MAX_BYTES + " bytes");
        }
        return Optional.of(Json.read(text, ArtifactMetadata.class));
      } catch (IOException | IllegalArgumentException e) {
        throw BadInputException.of("the file", metadata.toString(), String.valueOf(e.getMessage()));
      }
    }

    /**
     * What these metadata, or the example beside the file, say of how the model is used.
     *
     * @throws BadInputException when they cannot be understood
     */
    StatedUsage stated(Optional<ArtifactMetadata> metadata) {
      if (metadata.isPresent()) {
        try {
          return StatedUsage.of(metadata.get());
        } catch (IllegalArgumentException e) {
          throw BadInputException.of(
              "the file", file.resolveSibling(METADATA).toString(), String.valueOf(e.getMessage()));
        }
      }
      Path example =
          file.resolveSibling(
              ModelFile.name(file).replaceFirst("\\." + format + "$", "") + EXAMPLE);
      return version.isEmpty() && Files.isRegularFile(example)
          ? new StatedUsage(Naming.NONE, Optional.of(ExampleFile.read("the example", example)))
          : StatedUsage.NONE;
    }
  }

  FolderModels {
    models = Collections.unmodifiableSortedMap(models);
  }

  /** Throws {@link BadInputException} when the folder cannot be read or holds no model. */
  static FolderModels in(Path folder, Set<String> formats) {
    requireTenants(folder);
    SortedMap<String, List<Source>> models = new TreeMap<>();
    int others = 0;
    try {
      for (Path entry : entries(folder)) {
        boolean taken =
            ModelFile.isVisibleFolder(entry)
                ? addTenant(models, entry, formats)
                : addFile(models, entry, formats);
        others += taken || belongsToAnother(entry) ? 0 : 1;
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
          "holds no model: neither <tenant>.<format> nor <tenant>/<version>/model.<format>, nor"
              + " MLflow folders <tenant> or <tenant>/<version>/model; formats: "
              + new TreeSet<>(formats));
    }
    return new FolderModels(models, others);
  }

  int size() {
    return models.values().stream().mapToInt(List::size).sum();
  }

  /** MLflow's own name for a folder is nobody's tenant. */
  private static void requireTenants(Path folder) {
    for (Path mlflow : List.of(folder, folder.resolve(MODEL))) {
      if (ModelOnDisk.isMlflow(mlflow)) {
        throw BadInputException.of(
            "--dir",
            folder.toString(),
            (mlflow.equals(folder) ? "is" : "holds")
                + " the folder of one MLflow model, which has no tenant's name; publish it alone:"
                + " models publish TENANT "
                + mlflow);
      }
    }
  }

  /** Whether it is an example, or weights, of a model beside it; or hidden. */
  private static boolean belongsToAnother(Path entry) {
    String name = ModelFile.name(entry);
    return name.startsWith(".") || name.endsWith(EXAMPLE) || name.matches(".*\\.onnx[._]data");
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
    if (ModelOnDisk.isMlflow(tenant)) {
      Source source = new Source(tenant, Optional.empty(), ModelOnDisk.ONNX, true);
      models.computeIfAbsent(ModelFile.name(tenant), name -> new ArrayList<>()).add(source);
      return true;
    }
    SortedMap<ModelVersion, Path> byVersion = new TreeMap<>();
    for (Path entry : entries(tenant)) {
      if (Files.isDirectory(entry)) {
        ModelVersion.parse(ModelFile.name(entry)).ifPresent(found -> byVersion.put(found, entry));
      }
    }
    List<Source> found = new ArrayList<>();
    byVersion.forEach(
        (version, folder) -> inVersion(folder, version, formats).ifPresent(found::add));
    if (found.isEmpty()) {
      return false;
    }
    Optional<ModelVersion> live = live(tenant, found);
    List<Source> sources =
        models.computeIfAbsent(ModelFile.name(tenant), name -> new ArrayList<>());
    for (Source source : found) {
      sources.add(
          new Source(
              source.file(), source.version(), source.format(), source.version().equals(live)));
    }
    return true;
  }

  private static Optional<Source> inVersion(
      Path folder, ModelVersion version, Set<String> formats) {
    for (String format : new TreeSet<>(formats)) {
      Path file = folder.resolve(MODEL + "." + format);
      if (Files.isRegularFile(file)) {
        return Optional.of(new Source(file, Optional.of(version), format, false));
      }
    }
    Path mlflow = folder.resolve(MODEL);
    return ModelOnDisk.isMlflow(mlflow)
        ? Optional.of(new Source(mlflow, Optional.of(version), ModelOnDisk.ONNX, false))
        : Optional.empty();
  }

  /** The version that the folder's own alias names, else the highest. */
  private static Optional<ModelVersion> live(Path tenant, List<Source> sources) {
    Optional<ModelVersion> highest = sources.get(sources.size() - 1).version();
    Path alias = tenant.resolve("live");
    try {
      Optional<ModelVersion> named =
          Files.size(alias) < 64
              ? ModelVersion.parse(Files.readString(alias).strip())
              : Optional.empty();
      return named.isPresent() && sources.stream().anyMatch(one -> one.version().equals(named))
          ? named
          : highest;
    } catch (IOException e) {
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
