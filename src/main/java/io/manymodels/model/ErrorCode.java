package io.manymodels.model;

import java.util.Locale;

/**
 * The errors that a caller can get, and whether the same request may succeed later. HTTP status and
 * CLI exit code are total mappings of it; docs/errors.md lists all errors.
 */
public enum ErrorCode {
  INVALID_INPUT("The request is not valid", false),
  UNAUTHENTICATED("The caller is not known", false),
  FORBIDDEN("The caller may not do this", false),
  NOT_FOUND("No such resource", false),
  MODEL_NOT_FOUND("The tenant has no model", false),
  MODEL_VERSION_NOT_FOUND("The tenant has no such model version", false),
  VERSION_EXISTS("The model version is published already", false),
  VERSION_LIVE("The model version is live", false),
  METHOD_NOT_ALLOWED("The method is not allowed here", false),
  UNSUPPORTED_MEDIA_TYPE("The content type is not supported", false),
  PAYLOAD_TOO_LARGE("The request is too large", false),
  HEADERS_TOO_LARGE("The headers of the request are too large", false),
  INPUT_MISMATCH("The model does not take these rows", false),
  DEDICATED_POOL_REFUSED("The dedicated pool cannot be changed like this", false),
  TENANT_OVER_SHARE("The tenant has too many requests under way", true),
  QUOTA_EXCEEDED("The quota is used up", true),
  INTERNAL("An internal error", false),
  ARTIFACT_CORRUPT("The tenant's model is corrupt", false),
  LOAD_FAILED("The tenant's model cannot be loaded", false),
  MODEL_CRASHED("The tenant's model crashed on this request", false),
  OVERLOADED("The service is overloaded", true),
  NO_REPLICA("No replica can serve right now", true),
  STORE_UNAVAILABLE("A model store is unavailable", true),
  ISSUER_UNAVAILABLE("The issuer of the token is unavailable", true),
  DEADLINE_EXCEEDED("The deadline passed", true);

  private final String title;
  private final boolean retryable;

  ErrorCode(String title, boolean retryable) {
    this.title = title;
    this.retryable = retryable;
  }

  /** A short sentence that is the same for every occurrence. */
  public String title() {
    return title;
  }

  /** Whether the same request may succeed later without a repair. */
  public boolean retryable() {
    return retryable;
  }

  /** The code with this {@link #wireName}; throws {@link IllegalArgumentException}. */
  public static ErrorCode ofWireName(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** The name on the wire: lower case with dashes, as {@code model-not-found}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
