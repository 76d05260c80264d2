package io.manymodels.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.json.Json;
import io.manymodels.json.JsonFaults;
import io.manymodels.json.RowsReader;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.SomeNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The body of POST /score, read in one pass. Thread-confined. */
final class ScoreBody {
  private static final int MAX_UNKNOWN = 20;

  private final RowsReader rows;
  private final List<String> unknown = new ArrayList<>(0);
  private @Nullable TenantId tenant;

  private ScoreBody(RowsReader rows) {
    this.rows = rows;
  }

  /** The request of a client. */
  record Parsed(TenantId tenant, Rows rows) {}

  /**
   * Reads a body.
   *
   * @throws ServingException {@code INVALID_INPUT}, {@code PAYLOAD_TOO_LARGE} or {@code
   *     INPUT_MISMATCH}, with a pointer to the place
   */
  static Parsed parse(Body body, DispatcherConfig limits) {
    try (JsonParser json = body.parser()) {
      return new ScoreBody(new RowsReader(json, limits.maxRows(), limits.maxValues())).read(json);
    } catch (StreamConstraintsException e) {
      throw JsonFaults.invalid("", JsonFaults.TOO_DEEP);
    } catch (IOException e) {
      throw JsonFaults.invalid("", Json.complaint(e));
    }
  }

  private Parsed read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw JsonFaults.invalid("", "expected an object with the keys tenant and data");
    }
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (key.equals("tenant")) {
        tenant = readTenant(json, value);
      } else if (!rows.read(key, value)) {
        unknown.add(key);
        json.skipChildren();
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
      throw JsonFaults.invalid("", "expected the end after the object");
    }
    if (tenant == null) {
      throw JsonFaults.invalid("/tenant", "the key tenant is missing");
    }
    // Only now, so that what is no JSON further on is told first.
    if (!unknown.isEmpty()) {
      throw unknownKeys();
    }
    return new Parsed(tenant, rows.rows());
  }

  private ServingException unknownKeys() {
    return new ServingException(
        ErrorCode.INVALID_INPUT,
        "unknown keys: " + SomeNames.of(unknown) + "; known are tenant, " + RowsReader.KEYS,
        unknown.stream()
            .limit(MAX_UNKNOWN)
            .map(key -> new Violation("/" + Rows.escaped(key), "unknown key"))
            .toList());
  }

  private static TenantId readTenant(JsonParser json, JsonToken value) throws IOException {
    if (value != JsonToken.VALUE_STRING) {
      throw JsonFaults.invalid("/tenant", "expected a string, got " + JsonFaults.kind(value));
    }
    try {
      return new TenantId(json.getText());
    } catch (IllegalArgumentException e) {
      throw JsonFaults.invalid("/tenant", String.valueOf(e.getMessage()));
    }
  }
}
