package io.manymodels.adapter.file;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.testing.ModelRegistryContract;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileModelRegistryTest extends ModelRegistryContract {
  private static final ModelRef REF = ref("tenant1", 1);

  @TempDir private Path folder;
  private FolderPublisher publisher;
  private ModelRegistry registry;

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(folder.resolve("models"));
    publisher = new FolderPublisher(root);
    registry = new FileModelRegistryProvider().open(root.toUri());
  }

  @Override
  protected ModelRegistry registry() {
    return registry;
  }

  @Override
  protected void publish(ArtifactDescriptor artifact, byte[] bytes) throws IOException {
    publisher.publish(artifact, bytes);
  }

  @Override
  protected void setLive(ModelRef ref) throws IOException {
    publisher.writeLive(ref, ref.version() + "\n");
  }

  @Test
  void theProviderIsFoundByItsSchemeAndOpensTheArtifactsToo() throws Exception {
    ModelRegistryProvider provider =
        ServiceLoader.load(ModelRegistryProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.scheme().equals("file"))
            .findFirst()
            .orElseThrow();
    ArtifactDescriptor artifact = publish("tenant1", 1);
    assertThat(provider.open(publisher.root().toUri()).describe(REF)).contains(artifact);
    assertThat(provider.openArtifacts(publisher.root().toUri()).read(artifact)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"models", "file:models", "http://host/models", "file://host/models", "file:/a?b"})
  void whatIsNotAnAbsoluteFolderIsRefused(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FileModelRegistryProvider().open(URI.create(uri)))
        .withMessageStartingWith("expected file:/absolute/path, got " + uri);
  }

  @Test
  void aRootThatIsMissingOrNoFolderIsAnOutage() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    for (Path root : new Path[] {folder.resolve("missing"), file}) {
      ModelRegistry broken = new FileModelRegistryProvider().open(root.toUri());
      assertFails(ErrorCode.STORE_UNAVAILABLE, broken::tenants);
    }
    ModelRegistry missing = new FileModelRegistryProvider().open(folder.resolve("missing").toUri());
    assertFails(ErrorCode.STORE_UNAVAILABLE, () -> missing.versions(TENANT));
    assertFails(ErrorCode.STORE_UNAVAILABLE, () -> missing.liveVersion(TENANT));
    assertFails(ErrorCode.STORE_UNAVAILABLE, () -> missing.describe(REF));
  }

  @Test
  void whatIsNoTenantOrVersionIsLeftAlone() throws Exception {
    publish("tenant1", 1);
    for (String other : new String[] {".git/1", "a b/1", "tenant1/.partial-x", "tenant1/01"}) {
      Path stray = Files.createDirectories(publisher.root().resolve(other));
      Files.writeString(stray.resolve("metadata.json"), "{}");
    }
    Files.createDirectories(publisher.root().resolve("tenant1/2"));
    Files.createDirectories(publisher.root().resolve("tenant1/99999999999999999"));
    Files.createDirectories(publisher.root().resolve("empty"));
    Files.writeString(publisher.root().resolve("README"), "x");
    assertThat(registry.tenants()).containsExactly(TENANT);
    assertThat(registry.versions(TENANT)).containsExactly(new ModelVersion(1));
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "latest", "0", "-1", "1.0", "1 2", "99999999999999999", "../1", "1\n2"})
  void aLiveFileWithoutAVersionNumberIsBroken(String text) throws Exception {
    publish("tenant1", 1);
    publisher.writeLive(REF, text);
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.liveVersion(TENANT),
        "tenant1: the file live does not hold a version number");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'tenant': 'tenant2'   | tenant1/1: metadata.json is of tenant2/1
          'version': 2          | tenant1/1: metadata.json is of tenant1/2
          'version': 0          | a model version is a whole number
          'version': '1'        | key 'version': expected a whole number, got "1"
          'tenant': '../x'      | a tenant is
          'tenant': null        | key 'tenant': missing
          'sha256': 'ABC'       | key 'sha256': a SHA-256 digest is
          'size': -1            | sizeBytes: -1 is negative
          'size': 1.5           | key 'size': expected a whole number
          'created': 'today'    | key 'created': expected an instant
          'format': '../../x'   | format: 1..32 characters
          'format': 7           | key 'format': expected a text, got 7
          """)
  void brokenMetadataNameTenantVersionAndKey(String member, String message) throws Exception {
    publish("tenant1", 1);
    String key = member.substring(0, member.indexOf(':')).replace("'", "");
    String text =
        Files.readString(publisher.version(REF).resolve("metadata.json"))
            .replaceFirst("\"" + key + "\":(\"[^\"]*\"|\\d+)", member.replace('\'', '"'));
    publisher.writeMetadata(REF, text);
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.describe(REF), "tenant1/1", message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "[]", "null", "{", "{\"tenant\":\"a\",\"tenant\":\"b\"}"})
  void metadataThatAreNotAJsonObjectAreBroken(String text) throws Exception {
    publisher.writeMetadata(REF, text);
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.describe(REF), "tenant1/1: metadata.json: ");
  }

  @Test
  void metadataMayHoldMoreButNotWithoutEnd() throws Exception {
    ArtifactDescriptor artifact = describe(REF, bytes(10, 1));
    String text = Json.write(ArtifactMetadata.of(artifact, null));
    publisher.writeMetadata(REF, text.replaceFirst("\\{", "{\"owner\":{\"team\":[1]},"));
    assertThat(registry.describe(REF)).contains(artifact);
    publisher.writeMetadata(REF, text + " ".repeat(ArtifactMetadata.MAX_BYTES));
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.describe(REF), "larger than 2097152 bytes");
  }

  @Test
  void aLinkInsideTheRootIsFollowedAndOneThatLeavesItIsRefused() throws Exception {
    ArtifactDescriptor artifact = publish("tenant1", 1);
    FolderPublisher elsewhere = new FolderPublisher(Files.createDirectory(folder.resolve("other")));
    elsewhere.publish(describe(ref("tenant2", 1), bytes(10, 1)), bytes(10, 1));
    Path root = publisher.root();
    Files.createSymbolicLink(root.resolve("tenant2"), elsewhere.root().resolve("tenant2"));
    Files.createDirectories(root.resolve(".data"));
    Files.move(root.resolve("tenant1"), root.resolve(".data/tenant1"));
    Files.createSymbolicLink(root.resolve("tenant1"), Path.of(".data/tenant1"));

    assertThat(registry.describe(REF)).contains(artifact);
    for (Runnable call :
        new Runnable[] {
          () -> registry.describe(ref("tenant2", 1)),
          () -> registry.versions(ref("tenant2", 1).tenant()),
          () -> registry.liveVersion(ref("tenant2", 1).tenant())
        }) {
      assertFails(ErrorCode.LOAD_FAILED, call, "tenant2: a link", "leads out of it");
    }
  }

  @Test
  void aRootThatIsItselfALinkIsFine() throws Exception {
    ArtifactDescriptor artifact = publish("tenant1", 1);
    Path link = Files.createSymbolicLink(folder.resolve("link"), publisher.root());
    assertThat(new FileModelRegistryProvider().open(link.toUri()).describe(REF)).contains(artifact);
  }

  @Test
  void failuresKeepTheCauseForTheLog() {
    ModelRegistry missing = new FileModelRegistryProvider().open(folder.resolve("missing").toUri());
    assertThat(org.assertj.core.api.Assertions.catchThrowable(missing::tenants))
        .isInstanceOf(ServingException.class)
        .hasMessage("the registry folder cannot be read (there is nothing of that name)")
        .hasCauseInstanceOf(IOException.class);
  }
}
