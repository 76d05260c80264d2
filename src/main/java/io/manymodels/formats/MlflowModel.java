package io.manymodels.formats;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.json.Yaml;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an MLflow folder says of its model, in the file {@value #FILE}. Source of the keys: MLflow
 * 2.0 to 3.1, mlflow/models/model.py and mlflow/onnx/__init__.py.
 *
 * @param flavors the libraries that can load it, without {@code python_function}
 * @param onnxFile the file of its ONNX model, relative to the folder; empty without that flavour
 * @param columns the names of its columns, by its signature; empty when it takes tensors
 * @param exampleFile the file of its input example, relative to the folder
 * @param created when it was saved, if it says so
 */
public record MlflowModel(
    SortedSet<String> flavors,
    Optional<String> onnxFile,
    List<String> columns,
    Optional<String> exampleFile,
    Optional<Instant> created) {
  /** The file that makes a folder an MLflow folder. */
  public static final String FILE = "MLmodel";

  /** The longest file; MLflow writes some kilobytes, and a signature of 10,000 columns 1 MB. */
  public static final int MAX_BYTES = 4 << 20;

  private static final int MAX_ALIASES = 10;
  private static final Pattern FLAVOR = Pattern.compile("[A-Za-z0-9_.-]{1,60}");

  public MlflowModel {
    flavors = Collections.unmodifiableSortedSet(new TreeSet<>(flavors));
    columns = List.copyOf(columns);
  }

  /**
   * Reads the file, of at most {@link #MAX_BYTES}.
   *
   * @throws IllegalArgumentException with one line that says what is wrong
   */
  public static MlflowModel parse(ByteBuffer file) {
    if (file.remaining() > MAX_BYTES) {
      throw broken("is larger than " + MAX_BYTES + " bytes", null);
    }
    Map<?, ?> root = map(load(text(file)));
    Map<?, ?> flavors = map(root.get("flavors"));
    SortedSet<String> names = new TreeSet<>();
    for (Object name : flavors.keySet()) {
      if (name instanceof String flavor && FLAVOR.matcher(flavor).matches()) {
        names.add(flavor);
      }
    }
    names.remove("python_function");
    if (names.isEmpty()) {
      throw broken("names no flavour of a model", null);
    }
    Optional<String> onnxFile =
        names.contains("onnx")
            ? Optional.of(path(map(flavors.get("onnx")).get("data")).orElse("model.onnx"))
            : Optional.empty();
    Map<?, ?> example = map(root.get("saved_input_example_info"));
    Optional<String> exampleFile =
        path(example.get("serving_input_path")).or(() -> path(example.get("artifact_path")));
    return new MlflowModel(
        names,
        onnxFile,
        columns(map(root.get("signature")).get("inputs")),
        exampleFile.filter(name -> name.endsWith(".json")),
        created(root.get("utc_time_created")));
  }

  /**
   * The file of its ONNX model.
   *
   * @param folder how the user calls the folder
   * @throws IllegalArgumentException with the way to convert it when it has none
   */
  public String requireOnnx(String folder) {
    return onnxFile.orElseThrow(
        () ->
            new IllegalArgumentException(
                "it is an MLflow model of "
                    + (flavors.size() == 1 ? "the flavour " : "the flavours ")
                    + String.join(", ", flavors)
                    + "; make ONNX of it: ./many-models models convert "
                    + folder));
  }

  private static String text(ByteBuffer file) {
    try {
      return UTF_8.newDecoder().decode(file.duplicate()).toString();
    } catch (CharacterCodingException e) {
      throw broken("is not UTF-8", e);
    }
  }

  private static @Nullable Object load(String text) {
    try {
      return Yaml.load(text, MAX_ALIASES);
    } catch (IllegalArgumentException e) {
      throw broken("cannot be read: " + e.getMessage(), e);
    }
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> fields ? fields : Map.of();
  }

  /** A path below the folder; anything else is an error. */
  private static Optional<String> path(@Nullable Object value) {
    if (!(value instanceof String path) || path.isEmpty()) {
      return Optional.empty();
    }
    boolean below =
        path.length() <= 1_000
            && !path.startsWith("/")
            && path.indexOf('\\') < 0
            && path.chars().noneMatch(c -> c < ' ' || c == ':')
            && Arrays.stream(path.split("/", -1)).noneMatch(part -> part.matches("\\.{0,2}"));
    if (!below) {
      throw broken("names a file that does not lie in its folder", null);
    }
    return Optional.of(path);
  }

  /** The names that the signature, JSON in a text of the YAML, gives to columns. */
  private static List<String> columns(@Nullable Object inputs) {
    if (!(inputs instanceof String json)) {
      return List.of();
    }
    JsonNode specs;
    try {
      specs = Json.read(json, JsonNode.class);
    } catch (IllegalArgumentException e) {
      throw broken("has a signature whose inputs are " + e.getMessage(), e);
    }
    List<String> names = new ArrayList<>();
    for (JsonNode spec : specs) {
      if (spec.path("type").asText().equals("tensor") || !spec.path("name").isTextual()) {
        return List.of();
      }
      names.add(spec.path("name").textValue());
    }
    return names;
  }

  /** As {@code 2026-11-23 10:12:13.141592}. */
  private static Optional<Instant> created(@Nullable Object time) {
    try {
      return time instanceof String text
          ? Optional.of(LocalDateTime.parse(text.replace(' ', 'T')).toInstant(ZoneOffset.UTC))
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static IllegalArgumentException broken(String what, @Nullable Exception cause) {
    return new IllegalArgumentException("the file " + FILE + " " + what, cause);
  }
}
