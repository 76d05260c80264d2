package io.manymodels.adapter.azureml;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.RequestRetryCondition;
import com.azure.core.http.policy.RetryStrategy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Two retries within seconds: somebody waits for the model. A {@code Retry-After} that is longer
 * than {@link #MAX_WAIT} is obeyed by not trying again at all; whoever loads the model pauses and
 * asks anew. Stateless.
 */
final class BriefRetries implements RetryStrategy {
  static final Duration MAX_WAIT = Duration.ofSeconds(2);
  private static final Duration FIRST_WAIT = Duration.ofMillis(200);

  /** In the order in which azure-core's RetryPolicy looks at them. */
  private static final List<HttpHeaderName> MILLIS =
      List.of(
          HttpHeaderName.fromString("retry-after-ms"),
          HttpHeaderName.fromString("x-ms-retry-after-ms"));

  @Override
  public int getMaxRetries() {
    return 2;
  }

  @Override
  public Duration calculateRetryDelay(int retryAttempts) {
    Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(retryAttempts, 10));
    return wait.compareTo(MAX_WAIT) < 0 ? wait : MAX_WAIT;
  }

  @Override
  public boolean shouldRetryCondition(RequestRetryCondition condition) {
    @Nullable HttpResponse response = condition.getResponse();
    if (response == null) {
      @Nullable Throwable failure = condition.getThrowable();
      return failure instanceof IOException || failure instanceof TimeoutException;
    }
    int status = response.getStatusCode();
    boolean passing =
        status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
    return passing && waitAskedFor(response).compareTo(MAX_WAIT) <= 0;
  }

  /** Zero when the answer asks for none; a date, which nobody sends here, is too far away. */
  private static Duration waitAskedFor(HttpResponse response) {
    try {
      for (HttpHeaderName name : MILLIS) {
        @Nullable String millis = response.getHeaderValue(name);
        if (millis != null) {
          return Duration.ofMillis(Long.parseLong(millis.strip()));
        }
      }
      @Nullable String seconds = response.getHeaderValue(HttpHeaderName.RETRY_AFTER);
      return seconds == null ? Duration.ZERO : Duration.ofSeconds(Long.parseLong(seconds.strip()));
    } catch (NumberFormatException | ArithmeticException e) {
      return MAX_WAIT.plusSeconds(1);
    }
  }
}
