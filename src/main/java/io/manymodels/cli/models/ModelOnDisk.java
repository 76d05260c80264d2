package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.formats.MlflowModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.tensor.Naming;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A model's file, with the MLflow folder in which it lies, if it does. Immutable.
 *
 * @param what the model as messages call it
 * @param file of the model
 * @param format which loader takes it
 * @param mlflow what the folder says of the model
 */
record ModelOnDisk(String what, Path file, String format, Optional<MlflowModel> mlflow) {
  static final String ONNX = "onnx";

  /**
   * Finds the model.
   *
   * @param given a file, which may lie in an MLflow folder, or such a folder
   * @throws CommandFailedException as bad input, when it is a folder without an ONNX model
   */
  static ModelOnDisk at(String what, Path given, String format) {
    if (isMlflow(given)) {
      MlflowModel mlflow = mlflow(what, given);
      try {
        return new ModelOnDisk(
            what, given.resolve(mlflow.requireOnnx(given.toString())), ONNX, Optional.of(mlflow));
      } catch (IllegalArgumentException e) {
        throw refused(what, given, e);
      }
    }
    Path folder = given.toAbsolutePath().getParent();
    if (folder == null || !format.equals(ONNX) || Files.isDirectory(given) || !isMlflow(folder)) {
      return new ModelOnDisk(what, given, format, Optional.empty());
    }
    if (ModelFile.name(given).equals(MlflowModel.FILE)) {
      return at(what, folder, format);
    }
    MlflowModel mlflow = mlflow(what, folder);
    boolean itsModel =
        mlflow.onnxFile().map(folder::resolve).equals(Optional.of(given.toAbsolutePath()));
    return new ModelOnDisk(what, given, format, itsModel ? Optional.of(mlflow) : Optional.empty());
  }

  /** Whether it is the folder of an MLflow model. */
  static boolean isMlflow(Path folder) {
    return Files.isRegularFile(folder.resolve(MlflowModel.FILE));
  }

  /** Throws {@link CommandFailedException} as {@link ModelFile#read}. */
  ByteBuffer read() {
    return ModelFile.read(what, file);
  }

  /** The files in the model's folder. */
  ModelLoader.OtherFiles beside() {
    return name -> ModelFile.readBeside(file, name);
  }

  /**
   * What the MLflow folder says. An input example that cannot be used is no reason not to publish.
   *
   * @param warn is told of it
   */
  StatedUsage stated(Consumer<String> warn) {
    if (mlflow.isEmpty()) {
      return StatedUsage.NONE;
    }
    Naming names = Naming.suggesting(mlflow.get().columns());
    try {
      return new StatedUsage(
          names,
          mlflow
              .get()
              .exampleFile()
              .map(file::resolveSibling)
              .filter(Files::isRegularFile)
              .map(example -> ExampleFile.read("input example", example)));
    } catch (BadInputException e) {
      warn.accept(what + ": " + e.getMessage() + "; published without it (see: --example)");
      return new StatedUsage(names, Optional.empty());
    }
  }

  private static MlflowModel mlflow(String what, Path folder) {
    Path file = folder.resolve(MlflowModel.FILE);
    try {
      return MlflowModel.parse(ModelFile.readSmall(file, MlflowModel.MAX_BYTES));
    } catch (IOException e) {
      throw CommandFailedException.badInput(
          what + ": the file " + file + ": cannot be read (" + e.getClass().getSimpleName() + ")");
    } catch (IllegalArgumentException e) {
      throw refused(what, folder, e);
    }
  }

  private static CommandFailedException refused(
      String what, Path folder, IllegalArgumentException e) {
    return CommandFailedException.badInput(what + ": the folder " + folder + ": " + e.getMessage());
  }
}
