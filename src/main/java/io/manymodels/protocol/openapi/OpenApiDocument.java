package io.manymodels.protocol.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.Json;
import io.manymodels.json.Yaml;
import io.manymodels.protocol.pages.PageFiles;
import java.util.Objects;

/** The document, as JSON, and the files beside it. */
final class OpenApiDocument {
  private OpenApiDocument() {}

  /** Made once, when somebody first asks for it. Thread-safe; nobody may write to it. */
  static byte[] json() {
    return Holder.JSON;
  }

  /** One of the files in the folder of the document. */
  static byte[] file(String name) {
    return PageFiles.read("/openapi/" + name);
  }

  private static final class Holder {
    static final byte[] JSON = Json.write(read()).getBytes(UTF_8);

    private static Object read() {
      String yaml = new String(file("openapi.yaml"), UTF_8);
      return Objects.requireNonNull(Yaml.load(yaml, 0), "the document is empty");
    }
  }
}
