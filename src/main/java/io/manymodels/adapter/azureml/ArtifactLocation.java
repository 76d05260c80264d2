package io.manymodels.adapter.azureml;

import com.azure.storage.blob.BlobUrlParts;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a version's {@code modelUri} says that its files are. */
sealed interface ArtifactLocation {

  /**
   * A file or folder in a container.
   *
   * @param endpoint of the storage account, without container
   */
  record Blob(String endpoint, String container, String path) implements ArtifactLocation {

    /** A file below this folder. */
    Blob child(String name) {
      return new Blob(endpoint, container, path.replaceFirst("/+$", "") + "/" + name);
    }
  }

  /** A file or folder in what a workspace calls a datastore; {@code workspace} null for its own. */
  record Datastore(@Nullable ArmResource workspace, String name, String path)
      implements ArtifactLocation {}

  /**
   * Storage tokens go to hosts of Azure Storage, in whichever cloud, and nowhere else, whatever is
   * written into the registry.
   */
  List<String> STORAGE =
      List.of(
          ".blob.core.windows.net",
          ".blob.core.usgovcloudapi.net",
          ".blob.core.chinacloudapi.cn",
          ".blob.storage.azure.net");

  Pattern DATASTORE =
      Pattern.compile(
          "azureml://(?:subscriptions/([^/]+)/resource[gG]roups/([^/]+)/workspaces/([^/]+)/)?"
              + "datastores/([A-Za-z0-9_-]{1,255})/paths/(.+)");

  /**
   * Understands the URI. The messages do not repeat it: it may hold a signature.
   *
   * @throws IllegalArgumentException when artifacts are not read from such a place
   */
  static ArtifactLocation parse(String modelUri, ArmEndpoint arm) {
    Matcher datastore = DATASTORE.matcher(modelUri);
    if (datastore.matches()) {
      @Nullable String subscription = datastore.group(1);
      return new Datastore(
          subscription == null
              ? null
              : ArmResource.of(
                  subscription,
                  group(datastore, 2),
                  ArmResource.Kind.WORKSPACE,
                  group(datastore, 3)),
          group(datastore, 4),
          checked(group(datastore, 5)));
    }
    if (modelUri.startsWith("https://")) {
      return blob(modelUri, arm);
    }
    throw new IllegalArgumentException(
        "it is neither azureml://.../datastores/NAME/paths/PATH nor the URL of a blob");
  }

  /** Throws {@link IllegalArgumentException} when no token may be sent there. */
  static void requireStorage(@Nullable String host) {
    String name = host == null ? "" : host.toLowerCase(Locale.ROOT);
    if (STORAGE.stream().noneMatch(name::endsWith)) {
      throw new IllegalArgumentException("its host is not one of Azure Storage");
    }
  }

  private static Blob blob(String url, ArmEndpoint arm) {
    URI uri = URI.create(url.replace(" ", "%20"));
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException("it holds more than the place of a blob");
    }
    // The server that answers for the registry is trusted with a token already.
    if (!arm.owns(uri)) {
      requireStorage(uri.getHost());
    }
    BlobUrlParts parts = BlobUrlParts.parse(uri.toString());
    @Nullable String container = parts.getBlobContainerName();
    @Nullable String path = parts.getBlobName();
    if (container == null || container.isEmpty() || path == null || path.isEmpty()) {
      throw new IllegalArgumentException("it names no blob");
    }
    boolean accountInPath = uri.getPath().startsWith("/" + parts.getAccountName() + "/");
    String endpoint =
        "https://" + uri.getRawAuthority() + (accountInPath ? "/" + parts.getAccountName() : "");
    return new Blob(endpoint, container, checked(path));
  }

  private static String checked(String path) {
    if (Arrays.asList(path.split("/", -1)).contains("..")) {
      throw new IllegalArgumentException("its path leads upwards");
    }
    return path;
  }

  private static String group(Matcher matcher, int number) {
    return String.valueOf(matcher.group(number));
  }
}
