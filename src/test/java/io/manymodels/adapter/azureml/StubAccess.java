package io.manymodels.adapter.azureml;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.util.Configuration;
import java.net.MalformedURLException;
import java.net.URL;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import reactor.core.publisher.Mono;

/** Clients of an {@link AzureMlStub}. */
final class StubAccess {
  /** Tokens that name what they are for, which the stub checks. */
  static final TokenCredential TOKENS =
      request -> Mono.just(token("for " + request.getScopes().get(0)));

  private StubAccess() {}

  static AccessToken token(String value) {
    return new AccessToken(value, OffsetDateTime.now(ZoneOffset.UTC).plusHours(1));
  }

  /**
   * A client that finds every storage account at {@code stub}, as if the names of all of them led
   * to this machine.
   */
  static AzureAccess to(
      String stub, SSLContext trusting, TokenCredential credential, Duration patience) {
    HttpClient http =
        new JdkHttpClientBuilder(java.net.http.HttpClient.newBuilder().sslContext(trusting))
            .configuration(Configuration.NONE)
            .responseTimeout(patience)
            .build();
    return new AzureAccess(
        request -> http.send(request.copy().setUrl(here(stub, request.getUrl()))),
        credential,
        () -> {});
  }

  private static URL here(String stub, URL url) {
    String host = url.getHost().toLowerCase(Locale.ROOT);
    if (!host.endsWith(".blob.core.windows.net")) {
      return url;
    }
    try {
      return new URL(stub + "/" + host.substring(0, host.indexOf('.')) + url.getFile());
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }
}
