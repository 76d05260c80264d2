package io.manymodels.adapter.azureblob;

import com.azure.core.credential.TokenCredential;
import com.azure.core.util.ConfigurationBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.manymodels.config.Environment;
import io.manymodels.config.Secret;
import io.manymodels.config.Setting;
import java.net.URI;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How to sign in, by the environment; the first that is set: a connection string, a SAS token, the
 * account's key; else the identity that the machine gives.
 */
final class AzureCredentials {
  /** The variable of azure-identity that says which identities are tried. */
  private static final String KINDS = "AZURE_TOKEN_CREDENTIALS";

  private static final Pattern ACCOUNT_NAME = Pattern.compile("(?:^|;)\\s*AccountName=([^;]*)");

  private final Environment environment;
  private final Supplier<TokenCredential> identity;

  AzureCredentials(Environment environment) {
    this(environment, () -> machineIdentity(environment));
  }

  AzureCredentials(Environment environment, Supplier<TokenCredential> identity) {
    this.environment = environment;
    this.identity = identity;
  }

  /**
   * Signs in at the account, without a call. Throws {@link IllegalArgumentException} that names the
   * variable that is wrong, and never its value.
   */
  void apply(BlobServiceClientBuilder client, ContainerUri location) {
    @Nullable String connection = value(Setting.AZURE_STORAGE_CONNECTION_STRING);
    @Nullable String sas = value(Setting.AZURE_STORAGE_SAS_TOKEN);
    @Nullable String key = value(Setting.AZURE_STORAGE_KEY);
    if (connection != null) {
      connect(client, connection, location);
      return;
    }
    client.endpoint(location.serviceEndpoint());
    if (sas != null) {
      client.sasToken(sas.startsWith("?") ? sas.substring(1) : sas);
    } else if (key != null) {
      client.credential(new StorageSharedKeyCredential(location.account(), base64(key)));
    } else if (location.serviceEndpoint().startsWith("https:")) {
      client.credential(identity.get());
    } else {
      throw new IllegalArgumentException(
          "to sign in by the machine's identity the endpoint has to be https; there is none of "
              + Stream.of(
                      Setting.AZURE_STORAGE_CONNECTION_STRING,
                      Setting.AZURE_STORAGE_SAS_TOKEN,
                      Setting.AZURE_STORAGE_KEY)
                  .map(Setting::variable)
                  .collect(Collectors.joining(", ")));
    }
  }

  private static void connect(
      BlobServiceClientBuilder client, String connection, ContainerUri location) {
    Matcher account = ACCOUNT_NAME.matcher(connection);
    if (account.find() && !account.group(1).equals(location.account())) {
      throw new IllegalArgumentException(
          Setting.AZURE_STORAGE_CONNECTION_STRING.variable()
              + " is of another account than "
              + location.account());
    }
    try {
      client.connectionString(connection);
    } catch (RuntimeException withTheSecret) {
      throw new IllegalArgumentException(
          Setting.AZURE_STORAGE_CONNECTION_STRING.variable() + " is not a connection string");
    }
    @Nullable URI endpoint = location.endpoint();
    if (endpoint != null) {
      client.endpoint(endpoint.toString());
    }
  }

  private static String base64(String key) {
    try {
      return Base64.getEncoder().encodeToString(Base64.getDecoder().decode(key));
    } catch (IllegalArgumentException withTheSecret) {
      throw new IllegalArgumentException(Setting.AZURE_STORAGE_KEY.variable() + " is not base64");
    }
  }

  private @Nullable String value(Setting setting) {
    return environment.secret(setting).map(Secret::read).orElse(null);
  }

  /**
   * Service principal by variables, workload identity, managed identity: {@code prod} leaves out a
   * developer's desktop, unless the environment says otherwise.
   */
  private static TokenCredential machineIdentity(Environment environment) {
    Map<String, String> settings = new HashMap<>(environment.variables());
    settings.putIfAbsent(KINDS, "prod");
    return new DefaultAzureCredentialBuilder()
        .configuration(
            new ConfigurationBuilder(path -> Map.of(), path -> Map.of(), path -> settings).build())
        .httpClient(AzureHttp.client())
        .maxRetry(1)
        .build();
  }
}
