package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.serving.Refreshed;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Switching to live versions, as JSON: how replicas are asked, and what operators read. */
public final class VersionsJson {
  private VersionsJson() {}

  /** Has a replica bring what it holds of these tenants to their live versions. */
  public record Question(List<String> tenants, long timeoutMillis) {
    public static Question of(Collection<TenantId> tenants, long timeoutMillis) {
      return new Question(tenants.stream().map(TenantId::value).toList(), timeoutMillis);
    }

    public List<TenantId> tenantIds() {
      return tenants.stream().map(TenantId::new).toList();
    }
  }

  /**
   * One tenant's model.
   *
   * @param state {@code live}, {@code refused} or {@code gone}
   * @param version that answers from now on; not there when no replica holds one
   * @param code why the live version is refused
   * @param detail the same in words
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Model(
      String tenant,
      String state,
      @Nullable Integer version,
      @Nullable String code,
      @Nullable String detail) {

    static Model of(Refreshed refreshed) {
      return new Model(
          refreshed.tenant().value(),
          refreshed.state().name().toLowerCase(Locale.ROOT),
          refreshed.version().map(ModelVersion::number).orElse(null),
          refreshed.code().map(ErrorCode::wireName).orElse(null),
          refreshed.detail().isEmpty() ? null : refreshed.detail());
    }

    Refreshed toRefreshed() {
      return new Refreshed(
          new TenantId(tenant),
          Refreshed.State.valueOf(state.toUpperCase(Locale.ROOT)),
          Optional.ofNullable(version).map(ModelVersion::new),
          Optional.ofNullable(code).map(ErrorCode::ofWireName),
          detail == null ? "" : detail);
    }

    /** Of two replicas' answers the one that an operator has to know. */
    private Model worse(Model other) {
      if (rank() != other.rank()) {
        return rank() > other.rank() ? this : other;
      }
      return version == null ? other : this;
    }

    private int rank() {
      return switch (state) {
        case "refused" -> 3;
        case "gone" -> version == null ? 1 : 2;
        default -> version == null ? 0 : 2;
      };
    }
  }

  /** The models in the order of their tenants. */
  public record Answer(List<Model> models) {
    public static Answer of(Collection<Refreshed> refreshed) {
      return new Answer(refreshed.stream().map(Model::of).toList());
    }

    /** What several replicas answered about the same tenants, as one answer. */
    public static Answer merged(Collection<Answer> answers) {
      SortedMap<String, Model> merged = new TreeMap<>();
      for (Answer answer : answers) {
        answer.models().forEach(model -> merged.merge(model.tenant(), model, Model::worse));
      }
      return new Answer(List.copyOf(merged.values()));
    }
  }
}
