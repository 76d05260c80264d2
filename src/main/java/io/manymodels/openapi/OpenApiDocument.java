package io.manymodels.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.Json;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The document, as JSON. */
final class OpenApiDocument {
  /** More than it has, which stops a mistake and not a reader. */
  private static final int MAX_CHARACTERS = 1 << 20;

  private OpenApiDocument() {}

  /** Made once, when somebody first asks for it. Thread-safe; nobody may write to it. */
  static byte[] json() {
    return Holder.JSON;
  }

  private static final class Holder {
    static final byte[] JSON = Json.write(read()).getBytes(UTF_8);

    private static Object read() {
      LoadSettings settings = LoadSettings.builder().setCodePointLimit(MAX_CHARACTERS).build();
      String yaml = new String(PageFiles.own("openapi.yaml"), UTF_8);
      return new Load(settings).loadFromString(yaml);
    }
  }
}
