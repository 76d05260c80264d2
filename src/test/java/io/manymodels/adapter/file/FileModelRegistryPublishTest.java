package io.manymodels.adapter.file;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Parallel;
import io.manymodels.testing.WritableModelRegistryContract;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileModelRegistryPublishTest extends WritableModelRegistryContract {
  @TempDir private Path folder;
  private Path root;
  private WritableModelRegistry registry;

  @BeforeEach
  void open() {
    root = folder.resolve("new/models");
    registry = new FileModelRegistryProvider().openWritable(root.toUri());
  }

  @Override
  protected WritableModelRegistry registry() {
    return registry;
  }

  @Override
  protected ArtifactStore artifacts() {
    return new FileModelRegistryProvider().openArtifacts(root.toUri());
  }

  @Override
  protected void setLive(ModelRef ref) throws IOException {
    Path tenant = Files.createDirectories(root.resolve(ref.tenant().value()));
    Files.writeString(tenant.resolve("live"), ref.version().toString());
  }

  private List<String> names(String inner) throws IOException {
    try (Stream<Path> entries = Files.list(root.resolve(inner))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aReaderOfAMissingRootSeesAnOutageUntilSomethingIsPublished() throws Exception {
    ModelRegistry reader = new FileModelRegistryProvider().open(root.toUri());
    assertFails(ErrorCode.STORE_UNAVAILABLE, reader::tenants);
    assertFails(ErrorCode.STORE_UNAVAILABLE, () -> registry.setLive(ref("tenant1", 1)), "tenant1");
    publish("tenant1", 1);
    assertThat(reader.tenants()).containsExactly(TENANT);
  }

  @Test
  void nothingButTheVersionIsLeft() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    registry.setLive(ref("tenant1", 2));
    registry.delete(ref("tenant1", 1));
    assertThat(names("tenant1")).containsExactly("2", "live");
    assertThat(names("tenant1/2")).containsExactly("metadata.json", "model.onnx");
    registry.delete(TENANT);
    assertThat(names("")).containsExactly(FolderLock.NAME);
  }

  @Test
  void everybodyWhoMayReadTheFolderMayReadTheModel() throws Exception {
    publish("tenant1", 1);
    Path control = Files.createDirectory(folder.resolve("control"));
    assertThat(Files.getPosixFilePermissions(root.resolve("tenant1/1")))
        .isEqualTo(Files.getPosixFilePermissions(control))
        .contains(PosixFilePermission.OWNER_READ);
  }

  @Test
  void bytesThatAreNotTheDescribedOnesAreRefused() {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(10, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> registry.publish(artifact, "", ByteBuffer.allocate(9)))
        .withMessage("tenant1/1: 9 bytes, not 10");
  }

  @Test
  void aVersionThatSomebodyIsCopyingIsTaken() throws Exception {
    Path copied = Files.createDirectories(root.resolve("tenant1/1"));
    assertFails(ErrorCode.VERSION_EXISTS, () -> publishUnchecked("tenant1", 1), "tenant1/1");
    assertThat(copied).isEmptyDirectory();
    assertThat(registry.versions(TENANT)).isEmpty();
  }

  private void publishUnchecked(String tenant, int version) {
    byte[] bytes = bytes(20, version);
    registry.publish(describe(ref(tenant, version), bytes), "", ByteBuffer.wrap(bytes));
  }

  @Test
  void whatPublishersThatDiedHaveLeftIsRemovedAfterAnHour() throws Exception {
    publish("tenant1", 1);
    Instant now = Instant.now();
    for (String name : List.of(".new-a", ".deleted-b", ".partial-c", ".live-d", "notes", ".mine")) {
      Path old = Files.createDirectories(root.resolve("tenant1").resolve(name));
      Files.writeString(old.resolve("model.onnx"), "x");
      age(old.resolve("model.onnx"), now.minus(Duration.ofMinutes(61)));
      age(old, now.minus(Duration.ofMinutes(61)));
    }
    Path growing = Files.createDirectories(root.resolve("tenant1/.new-growing"));
    Files.writeString(growing.resolve("model.onnx"), "x");
    age(growing, now.minus(Duration.ofMinutes(61)));
    Path tenant = Files.createDirectories(root.resolve(".deleted-tenant/1"));
    age(tenant, now.minus(Duration.ofMinutes(61)));
    age(tenant.getParent(), now.minus(Duration.ofMinutes(61)));

    WritableModelRegistry next = new FileModelRegistryProvider().openWritable(root.toUri());
    next.publish(describe(ref("tenant1", 2), bytes(1, 1)), "", ByteBuffer.wrap(bytes(1, 1)));
    assertThat(names("tenant1")).containsExactly(".mine", ".new-growing", "1", "2", "notes");
    assertThat(names("")).containsExactly("tenant1");
  }

  private static void age(Path file, Instant modified) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(modified));
  }

  @Test
  void aTenantBehindALinkThatLeavesTheFolderIsNotPublishedTo() throws Exception {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createDirectories(root);
    Files.createSymbolicLink(root.resolve("tenant1"), elsewhere);
    assertFails(ErrorCode.LOAD_FAILED, () -> publishUnchecked("tenant1", 1), "tenant1: a link");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void deletingALinkLeavesWhatItLeadsTo() throws Exception {
    publish("tenant1", 1);
    Files.createDirectories(root.resolve(".data"));
    Files.move(root.resolve("tenant1"), root.resolve(".data/tenant1"));
    Files.createSymbolicLink(root.resolve("tenant1"), Path.of(".data/tenant1"));
    registry.delete(TENANT);
    assertThat(registry.tenants()).isEmpty();
    assertThat(root.resolve(".data/tenant1/1/model.onnx")).exists();
  }

  @Test
  void aFolderThatCannotBeWrittenToIsAnOutageThatNamesTheVersion() throws Exception {
    Files.createDirectories(root.getParent());
    Files.writeString(root, "a file where the folder should be");
    assertFails(ErrorCode.STORE_UNAVAILABLE, () -> publishUnchecked("tenant1", 7), "tenant1/7");
  }

  @Test
  void keepingWhatIsLiveSetsTheAliasOnce() throws Exception {
    registry.keepLive(TENANT);
    assertThat(root).doesNotExist();
    publish("tenant1", 1);
    registry.keepLive(TENANT);
    publish("tenant1", 2);
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
    registry.setLive(ref("tenant1", 2));
    registry.keepLive(TENANT);
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(2));
  }

  @Test
  void whoeverChangesWhatIsLiveWaitsForAnotherProcess() throws Exception {
    publish("tenant1", 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (FileChannel channel =
        FileChannel.open(
            root.resolve(FolderLock.NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      Process holder = holdLock();
      try {
        Future<?> change = other.submit(() -> registry.setLive(ref("tenant1", 1)));
        assertThat(names("tenant1")).containsExactly("1");
        holder.getOutputStream().close();
        change.get(10, TimeUnit.SECONDS);
        assertThat(names("tenant1")).containsExactly("1", "live");
      } finally {
        holder.destroyForcibly().waitFor();
      }
      FileLock free = channel.tryLock();
      assertThat(free).isNotNull();
    } finally {
      other.shutdownNow();
    }
  }

  /** Another process that holds the lock until its input ends. */
  private Process holdLock() throws IOException {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockHolder.class.getName(),
                root.resolve(FolderLock.NAME).toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(holder.getInputStream().read()).isEqualTo('l');
    return holder;
  }

  /** What {@link #holdLock} runs. */
  static final class LockHolder {
    private LockHolder() {}

    public static void main(String[] arguments) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        System.out.print(lock.isValid() ? "l" : "x");
        System.out.flush();
        while (System.in.read() >= 0) {
          // Until the test closes it.
        }
      }
    }
  }

  @Test
  void onThisSystemNamesThatOthersConfuseAreDifferentTenants() throws Exception {
    List<String> names = List.of("Acme", "Acme.", "acme", "con");
    for (int i = 0; i < names.size(); i++) {
      publish(names.get(i), i + 1);
    }
    List<TenantId> tenants = names.stream().map(TenantId::new).toList();
    assertThat(registry.tenants()).isEqualTo(tenants);
    assertThat(registry.liveVersions(tenants).versions())
        .hasToString("{Acme=1, Acme.=2, acme=3, con=4}");
  }

  /** Only what sets a version live or deletes takes a lock. */
  @Test
  void whereNothingCanBeLockedPublishersGoOn() throws Exception {
    FolderSystem lockless =
        new FolderSystem() {
          @Override
          FileLock tryLock(FileChannel file) throws IOException {
            throw new IOException("No locks available");
          }
        };
    registry = new FileModelRegistry(new RegistryFolder(root, lockless).orEmpty(), Ticker.SYSTEM);
    publish("tenant1", 1);
    publish("tenant1", 2);
    try (LogLines warnings = LogLines.of(FolderLocks.class, "has no locks")) {
      registry.setLive(ref("tenant1", 1));
      registry.delete(ref("tenant1", 2));
      assertThat(warnings.messages()).hasSize(1);
    }
    assertThat(registry.versions(TENANT)).containsExactly(new ModelVersion(1));
    assertThat(names("")).containsExactly(".lock", "tenant1");
  }

  /** Publishes, promotes and deletes without end beside readers, who must never be surprised. */
  @Test
  void readersSeeOneWholeStateAfterTheOther() throws Exception {
    publish("tenant1", 1);
    AtomicInteger live = new AtomicInteger(1);
    AtomicBoolean ended = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(2);
    ModelRegistry reader = new FileModelRegistryProvider().open(root.toUri());
    ExecutorService readers = Executors.newFixedThreadPool(2);
    try {
      List<Future<Integer>> reads =
          Stream.generate(() -> readers.submit(() -> readUntil(ended, started, reader, live)))
              .limit(2)
              .toList();
      assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
      for (int version = 2; version <= 150; version++) {
        registry.keepLive(TENANT);
        publish("tenant1", version);
        registry.setLive(ref("tenant1", version));
        live.set(version);
        registry.delete(ref("tenant1", version - 1));
      }
      ended.set(true);
      for (Future<Integer> read : reads) {
        assertThat(read.get(10, TimeUnit.SECONDS)).isPositive();
      }
    } finally {
      ended.set(true);
      readers.shutdownNow();
    }
  }

  private static int readUntil(
      AtomicBoolean ended, CountDownLatch started, ModelRegistry reader, AtomicInteger live) {
    int reads = 0;
    while (!ended.get()) {
      int before = live.get();
      ModelVersion version = reader.liveVersion(TENANT).orElseThrow();
      assertThat(version.number()).isBetween((long) before, live.get() + 1L);
      reader.describe(new ModelRef(TENANT, version));
      reads++;
      started.countDown();
    }
    return reads;
  }

  @Test
  void publishersAndOnesWhoDeleteTheTenantDoNotDisturbEachOther() throws Exception {
    publish("tenant2", 1);
    AtomicInteger turn = new AtomicInteger();
    Parallel.call(
        4,
        () -> {
          int mine = turn.incrementAndGet();
          for (int i = 1; i <= 40; i++) {
            try {
              if (mine == 1) {
                registry.delete(TENANT);
              } else {
                publishUnchecked("tenant1", 100 * mine + i);
              }
            } catch (ServingException e) {
              assertThat(e.code())
                  .as("%s %s", e, e.getCause())
                  .isEqualTo(ErrorCode.MODEL_NOT_FOUND);
            }
          }
          return 0;
        });
    for (ModelVersion version : registry.versions(TENANT)) {
      assertThat(registry.describe(new ModelRef(TENANT, version))).isPresent();
    }
    assertThat(names("").stream().filter(name -> name.startsWith(".deleted"))).isEmpty();
  }

  @Test
  void theLiveVersionsOfTenantsThatAreBrokenAreLeftOut() throws Exception {
    publish("tenant1", 1);
    publish("tenant2", 1);
    setLive(ref("tenant2", 9));
    assertThat(registry.liveVersions(List.of(TENANT, new TenantId("tenant2"))).versions())
        .hasToString("{tenant1=1}");
  }
}
