package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.manymodels.holding.Refreshed;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.Violation;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Switching to live versions, as JSON: {@code POST /refresh_models}. */
public final class VersionsJson {
  /** Tenants a call. */
  public static final int MAX_TENANTS = 1_000;

  /** Every replica that holds a model of the tenant answers with this version now. */
  public static final String LIVE = "live";

  /** The live version does not load; the one before goes on serving. */
  public static final String REFUSED = "refused";

  /** The tenant has no model any more, and what was held is dropped. */
  public static final String GONE = "gone";

  private VersionsJson() {}

  /** The tenants whose live versions may have changed. */
  public record Request(List<String> tenants) {
    public Request {
      tenants = List.copyOf(tenants);
    }
  }

  /** A problem document that came instead of an answer, as far as it is read. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Problem(
      @Nullable String title, @Nullable String detail, @Nullable List<Violation> errors) {}

  /**
   * One tenant's model.
   *
   * @param state {@code live}, {@code refused} or {@code gone}
   * @param version that answers from now on; not there when no replica holds one
   * @param code why the live version is refused
   * @param detail the same in words
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Model(
      String tenant,
      String state,
      @Nullable Long version,
      @Nullable String code,
      @Nullable String detail) {
    public Model {
      Objects.requireNonNull(tenant, "key 'tenant': missing");
      Objects.requireNonNull(state, "key 'state': missing");
    }

    static Model of(Refreshed refreshed) {
      return new Model(
          refreshed.tenant().value(),
          refreshed.state().name().toLowerCase(Locale.ROOT),
          refreshed.version().map(ModelVersion::number).orElse(null),
          refreshed.code().map(ErrorCode::wireName).orElse(null),
          refreshed.detail().isEmpty() ? null : refreshed.detail());
    }
  }

  /** The models in the order of their tenants. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Answer(List<Model> models) {
    public Answer {
      models = List.copyOf(Objects.requireNonNull(models, "key 'models': missing"));
    }

    public static Answer of(Collection<Refreshed> refreshed) {
      return new Answer(refreshed.stream().map(Model::of).toList());
    }
  }
}
