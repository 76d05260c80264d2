package io.manymodels.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

    /** Which columns go to which input. */
    List<Bind> binds() {
      List<Bind> binds = new ArrayList<>();
      for (JsonNode bind : json.path("bind")) {
        List<String> columns = new ArrayList<>();
        bind.path("columns").forEach(column -> columns.add(column.asText()));
        binds.add(new Bind(bind.path("input").asText(), columns));
      }
      return binds;
    }

    /** The cell of a row in a column. */
    JsonNode cell(int row, String column) {
      int position = 0;
      for (JsonNode name : json.path("columns")) {
        if (name.asText().equals(column)) {
          return json.path("rows").path(row).path(position);
        }
        position++;
      }
      throw new IllegalArgumentException(name + " has no column " + column);
    }

    /** The dimensions of an input, that of the rows among them. */
    int rank(String input) {
      for (JsonNode declared : json.path("inputs")) {
        if (declared.path("name").asText().equals(input)) {
          return declared.path("shape").size();
        }
      }
      throw new IllegalArgumentException(name + " has no input " + input);
    }

    /** Rows in the case. */
    public int rows() {
      return json.path("rows").size();
    }

    /** Whether the answer to a row depends on the rows beside it. */
    public boolean isBatchDependent() {
      return json.path("batch_dependent").asBoolean();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The columns that make an input, in order. */
  record Bind(String input, List<String> columns) {}

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
