package io.manymodels.cli.console;

import io.manymodels.model.ErrorCode;
import picocli.CommandLine.ExitCode;

/**
 * The exit code of every error: 2 when what was given is wrong whatever the registry holds, 1 when
 * the same command may succeed at another time.
 */
public final class ExitCodes {

  private ExitCodes() {}

  public static int of(ErrorCode code) {
    return switch (code) {
      case INVALID_INPUT,
          PAYLOAD_TOO_LARGE,
          HEADERS_TOO_LARGE,
          UNSUPPORTED_MEDIA_TYPE,
          INPUT_MISMATCH ->
          ExitCode.USAGE;
      case UNAUTHENTICATED,
          FORBIDDEN,
          NOT_FOUND,
          MODEL_NOT_FOUND,
          MODEL_VERSION_NOT_FOUND,
          VERSION_EXISTS,
          VERSION_LIVE,
          METHOD_NOT_ALLOWED,
          DEDICATED_POOL_REFUSED,
          TENANT_OVER_SHARE,
          QUOTA_EXCEEDED,
          INTERNAL,
          ARTIFACT_CORRUPT,
          LOAD_FAILED,
          MODEL_CRASHED,
          OVERLOADED,
          NO_REPLICA,
          STORE_UNAVAILABLE,
          ISSUER_UNAVAILABLE,
          DEADLINE_EXCEEDED ->
          ExitCode.SOFTWARE;
    };
  }
}
