package io.manymodels.adapter.azureblob;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobStorageException;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The one place where an exception of the SDK becomes ours. The message is of our words alone: what
 * the SDK says may hold addresses and signatures.
 */
final class BlobFailures {
  private static final Set<BlobErrorCode> UNAUTHENTICATED =
      Set.of(
          BlobErrorCode.AUTHENTICATION_FAILED,
          BlobErrorCode.INVALID_AUTHENTICATION_INFO,
          BlobErrorCode.NO_AUTHENTICATION_INFORMATION);

  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9]{1,64}");

  /** More than any chain of causes that is not a circle. */
  private static final int MAX_CAUSES = 20;

  private final String store;

  /** {@code store} is what messages name it by. */
  BlobFailures(String store) {
    this.store = store;
  }

  /** Whether a blob that was asked for is not there, while its container is. */
  static boolean isMissingBlob(BlobStorageException e) {
    return e.getStatusCode() == 404 && !isMissingContainer(e);
  }

  /** Whether the condition of a write did not hold. */
  static boolean isConflict(BlobStorageException e) {
    return e.getStatusCode() == 412 || BlobErrorCode.BLOB_ALREADY_EXISTS.equals(e.getErrorCode());
  }

  /** Whether a range was asked for of a blob without a byte. */
  static boolean isEmptyBlob(BlobStorageException e) {
    return e.getStatusCode() == 416;
  }

  /** {@code subject} says what was asked about, as a tenant's name; empty for all. */
  ServingException unavailable(String subject, RuntimeException e) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE,
        (subject.isEmpty() ? "" : subject + ": ") + store + ": " + reason(e),
        e);
  }

  private static String reason(RuntimeException e) {
    @Nullable BlobStorageException answer = cause(e, BlobStorageException.class);
    if (answer != null) {
      return reason(answer) + " (HTTP " + answer.getStatusCode() + code(answer) + ")";
    }
    if (cause(e, InterruptedException.class) != null) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
    if (cause(e, ClientAuthenticationException.class) != null) {
      return "authentication failed, no token could be had";
    }
    if (cause(e, HttpTimeoutException.class) != null || cause(e, TimeoutException.class) != null) {
      return "no answer in time";
    }
    if (cause(e, ConnectException.class) != null
        || cause(e, UnknownHostException.class) != null
        || cause(e, UnresolvedAddressException.class) != null) {
      return "cannot be reached";
    }
    return cause(e, IOException.class) != null
        ? "the answer broke off or is not understood"
        : "failed (" + e.getClass().getSimpleName() + ")";
  }

  private static String reason(BlobStorageException e) {
    int status = e.getStatusCode();
    if (isMissingContainer(e)) {
      return "the container does not exist";
    }
    if (status == 401 || (status == 403 && UNAUTHENTICATED.contains(codeOf(e)))) {
      return "authentication failed";
    }
    if (status == 403) {
      return "not allowed";
    }
    if (status == 429 || (status == 503 && BlobErrorCode.SERVER_BUSY.equals(codeOf(e)))) {
      return "throttled";
    }
    return status >= 500 ? "server error" : "the request was refused";
  }

  /** The service's own word for it, when it is one. */
  private static String code(BlobStorageException e) {
    @Nullable BlobErrorCode code = e.getErrorCode();
    return code == null || !WORD.matcher(code.toString()).matches() ? "" : " " + code;
  }

  private static boolean isMissingContainer(BlobStorageException e) {
    return BlobErrorCode.CONTAINER_NOT_FOUND.equals(codeOf(e))
        || BlobErrorCode.CONTAINER_BEING_DELETED.equals(codeOf(e));
  }

  /** The SDK answers null when the service named no code. */
  private static BlobErrorCode codeOf(BlobStorageException e) {
    @Nullable BlobErrorCode code = e.getErrorCode();
    return code == null ? BlobErrorCode.fromString("none") : code;
  }

  private static <T extends Throwable> @Nullable T cause(Throwable e, Class<T> type) {
    @Nullable Throwable cause = e;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
      cause = cause.getCause();
    }
    return null;
  }
}
