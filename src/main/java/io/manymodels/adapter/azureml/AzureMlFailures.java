package io.manymodels.adapter.azureml;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * The exceptions and answers of Azure's SDK, as failures of ours. The messages name store, action
 * and kind, and nothing that Azure wrote: its texts may hold URLs and identities.
 */
final class AzureMlFailures {

  private AzureMlFailures() {}

  /** An answer that is none. {@code action} as {@code listing the versions of tenant1}. */
  static ServingException status(String store, String action, int status, @Nullable String wait) {
    return unavailable(store, action, meaning(status, wait), null);
  }

  /** An exception in place of an answer; our own are handed on. */
  static ServingException thrown(String store, String action, RuntimeException e) {
    if (e instanceof ServingException ours) {
      return ours;
    }
    Throwable cause = Exceptions.unwrap(e);
    if (cause instanceof ServingException ours) {
      return ours;
    }
    if (cause instanceof ClientAuthenticationException) {
      return unavailable(store, action, "no token is to be had for this identity", cause);
    }
    if (cause instanceof HttpResponseException answered && answered.getResponse() != null) {
      return unavailable(
          store, action, meaning(answered.getResponse().getStatusCode(), null), cause);
    }
    if (isTimeout(cause) || isTimeout(cause.getCause())) {
      return unavailable(store, action, "no answer in time", cause);
    }
    if (cause instanceof IOException || cause.getCause() instanceof IOException) {
      return unavailable(store, action, "cannot be reached", cause);
    }
    return unavailable(store, action, cause.getClass().getSimpleName(), cause);
  }

  /** A failure because of the tenant's own entry. */
  static ServingException loadFailed(Object model, String why) {
    return new ServingException(ErrorCode.LOAD_FAILED, model + ": " + why);
  }

  static ServingException unavailable(
      String store, String action, String why, @Nullable Throwable cause) {
    String message = store + ": " + why + ", while " + action;
    return cause == null
        ? new ServingException(ErrorCode.STORE_UNAVAILABLE, message)
        : new ServingException(ErrorCode.STORE_UNAVAILABLE, message, cause);
  }

  private static boolean isTimeout(@Nullable Throwable e) {
    return e instanceof TimeoutException || e instanceof HttpTimeoutException;
  }

  private static String meaning(int status, @Nullable String wait) {
    return switch (status) {
      case 401 -> "the token is refused (401)";
      case 403 -> "the identity may not read it (403)";
      case 404 -> "it does not exist (404)";
      case 429 -> "too many requests (429" + (wait == null ? ")" : ", again in " + wait + " s)");
      default -> "it answers " + status;
    };
  }
}
