package io.manymodels.adapter.azureblob;

import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import io.manymodels.threads.BoundedPool;
import java.time.Duration;

/**
 * The one HTTP client of the process for Azure, with its connections and threads: a few daemons,
 * which end when they are idle.
 */
final class AzureHttp {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /** Until the head of the answer is there, and between two pieces of its body. */
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private static final int THREADS = 4;
  private static final int QUEUED = 10_000;
  private static final HttpClient CLIENT =
      new JdkHttpClientBuilder()
          .executor(BoundedPool.of("azblob-http", THREADS, QUEUED))
          .connectionTimeout(CONNECT_TIMEOUT)
          .responseTimeout(ANSWER_TIMEOUT)
          .readTimeout(ANSWER_TIMEOUT)
          .build();

  private AzureHttp() {}

  static HttpClient client() {
    return CLIENT;
  }
}
