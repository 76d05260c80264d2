package io.manymodels.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The models of src/test/resources/corpus, whose README explains them. */
public final class Corpus {
  private static final Path MODELS = Path.of("src/test/resources/corpus/models");

  private Corpus() {}

  /**
   * One model.
   *
   * @param name of its folder
   * @param json its case.json
   */
  public record Case(String name, JsonNode json) {
    /** The file. */
    public ByteBuffer model() {
      return file("model.onnx");
    }

    /** A file beside it. */
    public ByteBuffer file(String other) {
      return ByteBuffer.wrap(read(MODELS.resolve(name).resolve(other)));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** All of them. */
  public static List<Case> cases() {
    try (Stream<Path> folders = Files.list(MODELS)) {
      return folders
          .sorted()
          .map(
              folder ->
                  new Case(
                      folder.getFileName().toString(),
                      Json.read(
                          ByteBuffer.wrap(read(folder.resolve("case.json"))), JsonNode.class)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
