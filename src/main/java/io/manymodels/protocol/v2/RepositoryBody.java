package io.manymodels.protocol.v2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.manymodels.json.Json;
import io.manymodels.model.ServingException;
import java.util.Iterator;

/** The bodies of calls about the repository: nothing, or an object with few members. Stateless. */
final class RepositoryBody {
  private RepositoryBody() {}

  /** Whether only models that can answer are asked for. Throws {@code INVALID_INPUT}. */
  static boolean wantsReady(String body) {
    JsonNode ready = read(body).path("ready");
    if (!ready.isBoolean() && !ready.isMissingNode() && !ready.isNull()) {
      throw V2Faults.invalid("/ready: expected true or false");
    }
    return ready.asBoolean(false);
  }

  /**
   * Checks what a load asks for.
   *
   * @throws ServingException {@code INVALID_INPUT} when the client sends the model, or its
   *     configuration, with it
   */
  static void checkLoad(String body) {
    Iterator<String> names = read(body).path("parameters").fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (name.equals("config") || name.startsWith("file:")) {
        throw V2Faults.invalid(
            "a load takes no model and no configuration of the client: publish the model to the"
                + " registry");
      }
    }
  }

  private static JsonNode read(String body) {
    if (body.isBlank()) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      JsonNode read = Json.mapper().readTree(body);
      if (!read.isObject()) {
        throw V2Faults.invalid("expected a JSON object, or no body");
      }
      return read;
    } catch (JsonProcessingException e) {
      throw V2Faults.invalid(Json.complaint(e));
    }
  }
}
