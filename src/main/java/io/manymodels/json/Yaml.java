package io.manymodels.json;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Strict YAML, for files that people write. JSON is YAML as well. Stateless. */
public final class Yaml {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_EVENTS = 1_000_000;

  /** Few enough that what is written out in full is not much longer than the text. */
  private static final int FEW_ALIASES = 10;

  private Yaml() {}

  /**
   * Reads one document.
   *
   * @param maxAliases to lists and maps, each of which stands for a copy
   * @return maps, lists, texts, numbers, booleans and null
   * @throws IllegalArgumentException with one line for the person who wrote the text
   */
  public static @Nullable Object load(String text, int maxAliases) {
    LoadSettings settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(maxAliases)
            .setCodePointLimit(Math.max(1, text.length()))
            .build();
    try {
      requireFlat(text, settings);
      return new Load(settings).loadFromString(text);
    } catch (YamlEngineException | IllegalStateException e) {
      throw new IllegalArgumentException(
          "this is not YAML: "
              + String.valueOf(e.getMessage()).replaceAll("\\s*\\p{Cntrl}\\s*|\\s+", " "),
          e);
    }
  }

  /** Before it is built, which is recursive: the events come one by one. */
  private static void requireFlat(String text, LoadSettings settings) {
    int depth = 0;
    int events = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      Event.ID kind = event.getEventId();
      if (kind == Event.ID.MappingStart || kind == Event.ID.SequenceStart) {
        depth++;
      } else if (kind == Event.ID.MappingEnd || kind == Event.ID.SequenceEnd) {
        depth--;
      }
      events++;
      if (depth > MAX_DEPTH || events > MAX_EVENTS) {
        throw new IllegalArgumentException("it is nested too deep, or has too many entries");
      }
    }
  }

  /**
   * Reads one document as {@link Json} does: the same keys, values and complaints.
   *
   * @throws IllegalArgumentException with one line for the person who wrote the text
   */
  public static <T> T read(String text, Class<T> type) {
    @Nullable Object document = load(text, FEW_ALIASES);
    if (document == null) {
      throw new IllegalArgumentException("there is nothing in it");
    }
    String json;
    try {
      json = Json.write(document);
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException("an alias is within what it stands for", e);
    }
    return Json.read(json, type);
  }
}
