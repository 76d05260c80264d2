package io.manymodels.protocol.tabular;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.SomeNames;

/** The name of a model in a path. Stateless. */
public final class ModelPath {
  private ModelPath() {}

  /** Whether a path has something between these two, be it the name of a model or not. */
  public static boolean matches(String path, String before, String after) {
    return path.length() >= before.length() + after.length()
        && path.startsWith(before)
        && path.endsWith(after);
  }

  /** The name between these two. Throws {@code MODEL_NOT_FOUND} when no model can have it. */
  public static TenantId tenant(String path, String before, String after) {
    String name =
        path.substring(before.length(), Math.max(before.length(), path.length() - after.length()));
    return TenantId.parse(name)
        .orElseThrow(
            () ->
                new ServingException(
                    ErrorCode.MODEL_NOT_FOUND, "there is no model " + SomeNames.quoted(name)));
  }
}
