package io.manymodels.adapter.azureml;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.identity.DefaultAzureCredentialBuilder;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How Azure is reached, and as whom. Thread-safe. Closing ends the threads; does not throw.
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
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** By the JDK's client, as whom the environment says (DefaultAzureCredential). */
  static AzureAccess byDefault() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(QUEUED_TASKS),
            AzureAccess::thread);
    threads.allowCoreThreadTimeOut(true);
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

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "azureml-http-" + NUMBER.incrementAndGet());
    thread.setDaemon(true);
    return thread;
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
