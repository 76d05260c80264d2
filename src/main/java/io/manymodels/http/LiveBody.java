package io.manymodels.http;

import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.Objects;

/** The body of POST /live_version. Stateless. */
final class LiveBody {
  private LiveBody() {}

  private record Document(String tenant, long version) {
    private Document {
      Objects.requireNonNull(tenant, "key 'tenant': missing");
    }
  }

  /** Throws {@link ServingException} with {@code INVALID_INPUT}. */
  static ModelRef parse(String body) {
    try {
      Document read = Json.read(body, Document.class);
      return new ModelRef(new TenantId(read.tenant()), new ModelVersion(read.version()));
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()), e);
    }
  }
}
