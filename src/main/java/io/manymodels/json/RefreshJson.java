package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The call {@code POST /refresh_models}: whoever changed what is live tells the application. */
public final class RefreshJson {
  /** Tenants a call. */
  public static final int MAX_TENANTS = 1_000;

  /** Every replica that holds a model of the tenant answers with this version now. */
  public static final String LIVE = "live";

  /** The live version does not load; the one before goes on serving. */
  public static final String REFUSED = "refused";

  /** The tenant has no model any more, and nobody holds one. */
  public static final String GONE = "gone";

  private RefreshJson() {}

  /** Whose live versions may have changed. */
  public record Request(List<String> tenants) {
    public Request {
      tenants = List.copyOf(tenants);
    }
  }

  /** How it stands with each of them. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Reply(List<Model> models) {
    public Reply {
      models = List.copyOf(Objects.requireNonNull(models, "key 'models': missing"));
    }
  }

  /**
   * One tenant's state.
   *
   * @param version absent when nobody holds a model of the tenant
   * @param code of a refusal, as {@code load-failed}
   * @param detail of a refusal, for people
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Model(
      String tenant,
      @Nullable Integer version,
      String state,
      @Nullable String code,
      @Nullable String detail) {
    public Model {
      Objects.requireNonNull(tenant, "key 'tenant': missing");
      Objects.requireNonNull(state, "key 'state': missing");
    }
  }

  /** What is read of a problem document that comes instead. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Problem(@Nullable String title, @Nullable String detail) {}
}
