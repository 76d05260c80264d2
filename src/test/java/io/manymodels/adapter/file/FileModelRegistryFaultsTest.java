package io.manymodels.adapter.file;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.IgnoredVersions;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A registry folder in which one tenant's entry is broken, in every way that a test can do it. */
class FileModelRegistryFaultsTest {
  private static final TenantId FIRST = new TenantId("a");
  private static final TenantId BROKEN = new TenantId("b");
  private static final TenantId LAST = new TenantId("c");
  private static final List<TenantId> ALL = List.of(FIRST, BROKEN, LAST);

  @TempDir private Path folder;
  private Path root;
  private WritableModelRegistry registry;

  @BeforeEach
  void publishVersionOneOfEach() throws IOException {
    root = Files.createDirectory(folder.resolve("models"));
    registry = new FileModelRegistryProvider().openWritable(root.toUri());
    for (TenantId tenant : ALL) {
      publish(tenant, 1);
      registry.setLive(ref(tenant.value(), 1));
    }
  }

  private void publish(TenantId tenant, long version) throws IOException {
    byte[] bytes = bytes(100, version);
    new FolderPublisher(root).publish(describe(ref(tenant.value(), version), bytes), bytes);
  }

  /** What may happen to a tenant's folder. */
  enum Damage {
    FILE {
      @Override
      void in(Path tenant) throws IOException {
        Files.move(tenant, tenant.resolveSibling(".moved"));
        Files.writeString(tenant, "x");
      }
    },
    LINK_TO_ITSELF {
      @Override
      void in(Path tenant) throws IOException {
        Files.move(tenant, tenant.resolveSibling(".moved"));
        Files.createSymbolicLink(tenant, tenant.getFileName());
      }
    },
    LINK_TO_A_NAME_THAT_IS_TOO_LONG {
      @Override
      void in(Path tenant) throws IOException {
        Files.move(tenant, tenant.resolveSibling(".moved"));
        Files.createSymbolicLink(tenant, Path.of("x".repeat(300)));
      }
    },
    LINK_OUT_OF_THE_ROOT {
      @Override
      void in(Path tenant) throws IOException {
        Path outside = tenant.getParent().resolveSibling("outside");
        Files.move(tenant, outside);
        Files.createSymbolicLink(tenant, outside);
      }
    },
    LIVE_IS_A_LINK_TO_ITSELF {
      @Override
      void in(Path tenant) throws IOException {
        Files.delete(tenant.resolve("live"));
        Files.createSymbolicLink(tenant.resolve("live"), Path.of("live"));
      }
    },
    LIVE_IS_A_LINK_TO_NOTHING {
      @Override
      void in(Path tenant) throws IOException {
        Files.delete(tenant.resolve("live"));
        Files.createSymbolicLink(tenant.resolve("live"), Path.of("gone"));
      }
    },
    LIVE_IS_A_LINK_TO_A_VERSION {
      @Override
      void in(Path tenant) throws IOException {
        Files.delete(tenant.resolve("live"));
        Files.createSymbolicLink(tenant.resolve("live"), Path.of("1"));
      }
    },
    LIVE_IS_A_FOLDER {
      @Override
      void in(Path tenant) throws IOException {
        Files.delete(tenant.resolve("live"));
        Files.createDirectory(tenant.resolve("live"));
      }
    },
    LIVE_NAMES_NOTHING {
      @Override
      void in(Path tenant) throws IOException {
        Files.writeString(tenant.resolve("live"), "latest");
      }
    },
    HIGHEST_VERSION_IS_A_LINK_TO_ITSELF {
      @Override
      void in(Path tenant) throws IOException {
        Files.delete(tenant.resolve("live"));
        Files.createSymbolicLink(tenant.resolve("7"), Path.of("7"));
      }
    },
    METADATA_ARE_A_LINK_TO_THEMSELVES {
      @Override
      void in(Path tenant) throws IOException {
        Files.delete(tenant.resolve("live"));
        Path version = Files.createDirectory(tenant.resolve("7"));
        Files.createSymbolicLink(version.resolve("metadata.json"), Path.of("metadata.json"));
      }
    };

    abstract void in(Path tenant) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void oneBrokenTenantKeepsNobodyElseFromItsNewVersion(Damage damage) throws IOException {
    damage.in(root.resolve(BROKEN.value()));
    for (TenantId healthy : List.of(FIRST, LAST)) {
      publish(healthy, 2);
      registry.setLive(ref(healthy.value(), 2));
    }
    LiveVersions live = registry.liveVersions(ALL);
    assertThat(live.versions()).hasToString("{a=2, c=2}");
    assertThat(live.broken()).containsOnlyKeys(BROKEN);
    assertThat(live.broken().get(BROKEN))
        .hasMessageStartingWith("b")
        .hasMessageNotContainingAny(folder.toString(), "/tmp")
        .extracting(ServingException::code)
        .isIn(ErrorCode.LOAD_FAILED, ErrorCode.STORE_UNAVAILABLE);
    assertThat(registry.tenants()).contains(FIRST, LAST);
    List<String> ignored = registry.ignored().stream().map(IgnoredEntry::name).toList();
    assertThat(registry.tenants().contains(BROKEN) || ignored.contains("b"))
        .as("the command lists it, or names it among what is not taken")
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "LIVE_.*")
  void aNewAliasRepairsWhatIsThereInItsPlace(Damage damage) throws IOException {
    damage.in(root.resolve(BROKEN.value()));
    if (damage == Damage.LIVE_IS_A_FOLDER) {
      // The system does not put a file in place of a folder.
      Files.delete(root.resolve("b/live"));
    }
    registry.setLive(ref("b", 1));
    assertThat(registry.liveVersion(BROKEN)).contains(new ModelVersion(1));
  }

  /** Only a process without privileges is refused. */
  @ParameterizedTest
  @CsvSource({"b", "b/1", "b/live", "b/1/metadata.json"})
  void whatMayNotBeReadIsTheTenantsFault(String entry) throws IOException {
    Path closed = root.resolve(entry);
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.isReadable(closed), "this process may read everything");
      LiveVersions live = registry.liveVersions(ALL);
      assertThat(live.versions()).containsKeys(FIRST, LAST);
      assertThat(registry.tenants()).contains(FIRST, LAST);
      if (entry.equals("b/1/metadata.json")) {
        assertThatExceptionOfType(ServingException.class)
            .isThrownBy(() -> registry.describe(ref("b", 1)))
            .withMessageStartingWith("b: ");
      } else {
        assertThat(live.broken()).containsOnlyKeys(BROKEN);
      }
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
  }

  /** It is not one tenant's when nobody can be asked about. */
  @Test
  void aRootThatIsGoneIsAnOutage() throws IOException {
    WritableModelRegistry registry = this.registry;
    Files.move(root, folder.resolve("elsewhere"));
    Files.writeString(root, "x");
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> registry.liveVersions(ALL))
        .withMessageStartingWith("the registry folder cannot be read")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThatExceptionOfType(ServingException.class).isThrownBy(registry::check);
  }

  @Test
  void whatIsNotTakenIsNamedWithItsReason() throws IOException {
    for (String name : List.of("001", "v2", "0", "9007199254740992", "12345678901234567890")) {
      Path version = Files.createDirectories(root.resolve("a").resolve(name));
      Files.writeString(version.resolve("metadata.json"), "{}");
    }
    Files.createDirectory(root.resolve("a/5"));
    Files.createDirectory(root.resolve("a/.new-x"));
    Files.writeString(root.resolve("c/6"), "x");
    Files.createDirectory(root.resolve("empty"));
    Files.createDirectory(root.resolve("no tenant"));
    Files.writeString(root.resolve("README.md"), "x");
    assertThat(registry.ignored())
        .extracting(IgnoredEntry::toString)
        .containsExactly(
            "README.md (a file, not the folder of a tenant)",
            "a/0 (the lowest version is 1)",
            "a/001 (a version has no leading zeros)",
            "a/12345678901234567890 (the highest version is 9007199254740991)",
            "a/5 (it has no metadata.json, which makes it a version; publish it by --dir)",
            "a/9007199254740992 (the highest version is 9007199254740991)",
            "a/v2 (a version is a whole number, as 3 or 20261129074500)",
            "c/6 (not a folder)",
            "empty (a folder without a version)",
            "no tenant (not a name that a tenant can have)");
    assertThat(registry.ignored(FIRST)).hasSize(6);
    assertThat(registry.ignored(BROKEN)).isEmpty();
  }

  @Test
  void theLogNamesFoldersThatAreNoVersionsOnce() throws IOException {
    Files.createDirectory(root.resolve("a/v2"));
    Files.createDirectory(root.resolve("a/001"));
    Files.writeString(root.resolve("a/README.md"), "x");
    Files.delete(root.resolve("a/live"));
    try (LogLines log = LogLines.of(IgnoredVersions.class, "")) {
      for (int poll = 0; poll < 3; poll++) {
        assertThat(registry.liveVersions(ALL).versions()).hasSize(3);
      }
      assertThat(log.messages())
          .containsExactlyInAnyOrder(
              "not taken as a version: a/v2"
                  + " (a version is a whole number, as 3 or 20261129074500)",
              "not taken as a version: a/001 (a version has no leading zeros)");
    }
  }
}
