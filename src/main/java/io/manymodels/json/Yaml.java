package io.manymodels.json;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Strict YAML, for files that people write. JSON is YAML as well. Stateless. */
public final class Yaml {

  private Yaml() {}

  /**
   * Reads one document.
   *
   * @return maps, lists, texts, numbers, booleans and null
   * @throws IllegalArgumentException with one line for the person who wrote the text
   */
  public static @Nullable Object load(String text) {
    try {
      return new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build())
          .loadFromString(text);
    } catch (YamlEngineException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "this is not YAML: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
    }
  }

  /**
   * Reads one document as {@link Json} does: the same keys, values and complaints.
   *
   * @throws IllegalArgumentException with one line for the person who wrote the text
   */
  public static <T> T read(String text, Class<T> type) {
    @Nullable Object document = load(text);
    if (document == null) {
      throw new IllegalArgumentException("there is nothing in it");
    }
    return Json.read(Json.write(document), type);
  }
}
