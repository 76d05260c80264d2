package io.manymodels.json;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one replica to another: a value, or why there is none. Never both. Immutable.
 *
 * @param <T> of the value
 */
public record Reply<T>(@Nullable T value, @Nullable Failure failure) {

  /** A {@link ServingException} on its way to the caller. */
  public record Failure(ErrorCode code, String detail, List<Violation> violations) {
    public Failure {
      Objects.requireNonNull(code, "key 'code': missing");
      Objects.requireNonNull(detail, "key 'detail': missing");
      violations = List.copyOf(violations);
    }
  }

  public static <T> Reply<T> of(T value) {
    return new Reply<>(value, null);
  }

  public static <T> Reply<T> failed(ServingException e) {
    return new Reply<>(null, new Failure(e.code(), String.valueOf(e.getMessage()), e.violations()));
  }

  /** The value; throws {@link ServingException} as the other replica did. */
  public T orThrow() {
    if (failure != null) {
      throw new ServingException(failure.code(), failure.detail(), failure.violations());
    }
    if (value == null) {
      throw new ServingException(ErrorCode.INTERNAL, "a replica answered nothing");
    }
    return value;
  }
}
