package io.manymodels.adapter.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The sample registry of the repository. */
final class SampleModels {
  static final Path ROOT = Path.of("models");

  private SampleModels() {}

  static byte[] bytes(String tenant, int version) {
    try {
      return Files.readAllBytes(
          ROOT.resolve(tenant).resolve(Integer.toString(version)).resolve("model.onnx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
