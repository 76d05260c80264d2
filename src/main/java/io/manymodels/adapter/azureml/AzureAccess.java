package io.manymodels.adapter.azureml;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.identity.DefaultAzureCredentialBuilder;
import io.manymodels.threads.BoundedPool;
import java.time.Duration;

/**
 * The client and the identity by which Azure is reached. Thread-safe. Closing ends the threads;
 * does not throw.
 *
 * @param http sends requests
 * @param credential gives tokens; asked at the first request, not before
 * @param onClose what belongs to {@code http}
 */
record AzureAccess(HttpClient http, TokenCredential credential, Runnable onClose)
    implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int QUEUED_TASKS = 10_000;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration SILENCE = Duration.ofSeconds(10);

  /** By the JDK's client, with the identity of the environment (DefaultAzureCredential). */
  static AzureAccess byDefault() {
    BoundedPool threads = BoundedPool.of("azureml-http", THREADS, QUEUED_TASKS);
    HttpClient http =
        new JdkHttpClientBuilder()
            .executor(threads)
            .connectionTimeout(CONNECT)
            .responseTimeout(SILENCE)
            .readTimeout(SILENCE)
            .build();
    TokenCredential credential = new DefaultAzureCredentialBuilder().httpClient(http).build();
    return new AzureAccess(http, credential, threads::shutdown);
  }

  /** Requests with a token for {@code scope}, tried again as {@link BriefRetries} says. */
  HttpPipeline pipeline(String scope) {
    return new HttpPipelineBuilder()
        .httpClient(http)
        .policies(
            new RetryPolicy(new BriefRetries()),
            new BearerTokenAuthenticationPolicy(credential, scope))
        .build();
  }

  @Override
  public void close() {
    onClose.run();
  }

  @Override
  public String toString() {
    return "AzureAccess";
  }
}
