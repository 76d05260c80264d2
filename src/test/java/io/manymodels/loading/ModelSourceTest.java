package io.manymodels.loading;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.testing.FakeModel;
import io.manymodels.testing.FakeTicker;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelSourceTest {
  private static final ModelRef REF = new ModelRef(tenant(1), new ModelVersion(4));

  /** One tenant's model, of which anything may be missing or wrong. */
  private static final class Parts implements ModelRegistry, ArtifactStore, ModelLoader {
    private Optional<ModelVersion> live = Optional.of(REF.version());
    private boolean described = true;
    private boolean stored = true;
    private String format = "tiny";
    private boolean registryAway;
    private Runnable afterLookUp = () -> {};
    private boolean storeAway;
    private byte[] published = {1, 2, 3};
    private byte[] read = {1, 2, 3};
    private final List<ArtifactDescriptor> loaded = new ArrayList<>();
    private int inputWidth = 4;
    private final List<FakeModel> opened = new ArrayList<>();
    private Optional<RuntimeException> failure = Optional.empty();

    @Override
    public Optional<ModelVersion> liveVersion(TenantId tenant) {
      if (registryAway) {
        throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "the registry is away");
      }
      return live;
    }

    @Override
    public Optional<ArtifactDescriptor> describe(ModelRef ref) {
      ArtifactDigest digest = ArtifactDigest.of(ByteBuffer.wrap(published));
      afterLookUp.run();
      return described
          ? Optional.of(
              new ArtifactDescriptor(ref, digest, published.length, format, Instant.EPOCH))
          : Optional.empty();
    }

    @Override
    public List<ModelVersion> versions(TenantId tenant) {
      return live.stream().toList();
    }

    @Override
    public void check() {}

    @Override
    public List<TenantId> tenants() {
      return List.of(REF.tenant());
    }

    @Override
    public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
      if (storeAway) {
        throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "the store is away");
      }
      return stored ? Optional.of(ByteBuffer.wrap(read)) : Optional.empty();
    }

    @Override
    public String format() {
      return "tiny";
    }

    @Override
    public LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes) {
      assertThat(bytes).isEqualTo(ByteBuffer.wrap(published));
      loaded.add(artifact);
      FakeModel model = new FakeModel(artifact.ref(), inputWidth, 77);
      failure.ifPresent(model::failPredictions);
      opened.add(model);
      return model;
    }

    @Override
    public void close() {}
  }

  private final Parts parts = new Parts();
  private final ModelSource source =
      new ModelSource(parts, new ArtifactTiers(parts), List.of(parts), new FakeTicker());

  private void assertFails(ErrorCode code, String message) {
    try {
      SharedModel model = source.load(REF.tenant());
      throw new AssertionError("loaded " + model.ref());
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(code);
      assertThat(e).hasMessage(message);
    }
    assertThat(parts.loaded).as("nothing unchecked reaches a loader").isEmpty();
  }

  @Test
  void loadsTheLiveVersion() {
    SharedModel model = source.load(REF.tenant());
    assertThat(model.ref()).isEqualTo(REF);
    assertThat(model.weightBytes()).isEqualTo(77);
    assertThat(parts.loaded).hasSize(1);
  }

  @Test
  void whatWasLearntIsLoadedWhileTheRegistryIsAway() {
    assertThat(source.learn(REF.tenant())).isTrue();
    parts.registryAway = true;
    assertThat(source.load(REF.tenant()).ref()).isEqualTo(REF);
    source.forget(REF.tenant());
    assertThrows(ServingException.class, () -> source.load(REF.tenant()));
    assertThrows(ServingException.class, () -> source.learn(REF.tenant()));
  }

  @Test
  void aVersionThatASwitchHasOvertakenIsNotLearnt() {
    ModelVersion five = new ModelVersion(5);
    parts.afterLookUp =
        () -> {
          parts.afterLookUp = () -> {};
          parts.live = Optional.of(five);
          source.forget(REF.tenant());
        };
    assertThat(source.learn(REF.tenant())).isTrue();
    parts.registryAway = true;
    assertThat(source.load(REF.tenant()).ref().version()).isEqualTo(five);
  }

  @Test
  void nothingIsLearntAmidSwitches() {
    parts.afterLookUp = () -> source.forget(REF.tenant());
    assertThat(source.learn(REF.tenant())).isFalse();
    parts.registryAway = true;
    assertThrows(ServingException.class, () -> source.load(REF.tenant()));
  }

  private long prepare(long mostBytes) {
    return source.prepare(REF.tenant(), mostBytes);
  }

  @Test
  void whatIsPreparedIsTakenOnceIfItIsStillLive() {
    assertThat(prepare(77)).isEqualTo(77);
    assertThat(parts.opened.get(0).predictions()).as("for nobody").isOne();
    SharedModel first = source.load(REF.tenant());
    assertThat(first.model()).isSameAs(parts.opened.get(0));
    assertThat(source.load(REF.tenant()).model()).isSameAs(parts.opened.get(1));
    assertThat(prepare(77)).isEqualTo(77);
    parts.live = Optional.of(new ModelVersion(5));
    assertThat(source.load(REF.tenant()).ref().version()).isEqualTo(new ModelVersion(5));
    source.dropPrepared();
    assertThat(parts.opened.get(2).closes()).isOne();
    assertThat(parts.opened.get(0).closes()).isZero();
    assertThat(prepare(77)).as("too late").isEqualTo(77);
    assertThat(parts.opened.get(4).closes()).isOne();
  }

  @Test
  void whatDoesNotTakeZerosIsPreparedAllTheSame() {
    parts.failure = Optional.of(new ServingException(ErrorCode.INPUT_MISMATCH, "two rows, please"));
    assertThat(prepare(77)).isEqualTo(77);
    parts.failure = Optional.empty();
    parts.inputWidth = 0;
    assertThat(source.load(REF.tenant()).model()).isSameAs(parts.opened.get(0));
    assertThat(prepare(77)).isEqualTo(77);
    assertThat(parts.opened.get(1).predictions()).as("of any width").isOne();
  }

  @Test
  void whatIsTooHeavyIsNotPrepared() {
    assertThat(prepare(2)).isZero();
    assertThat(parts.opened).as("three bytes are stored").isEmpty();
    assertThat(prepare(76)).isZero();
    assertThat(parts.opened.get(0).closes()).isOne();
    assertThat(source.load(REF.tenant()).model()).isSameAs(parts.opened.get(1));
  }

  @Test
  void aTenantWithoutAModelIsNotFound() {
    parts.live = Optional.empty();
    assertFails(ErrorCode.MODEL_NOT_FOUND, "tenant 'tenant01' has no model");
  }

  @Test
  void whatIsMissingIsNamed() {
    parts.stored = false;
    assertFails(ErrorCode.LOAD_FAILED, "model tenant01/4: its artifact is not stored");
    parts.described = false;
    assertFails(ErrorCode.LOAD_FAILED, "model tenant01/4: it is not in the registry");
  }

  @Test
  void anOutageNamesWhoseModelCannotBeLoaded() {
    parts.storeAway = true;
    assertFails(ErrorCode.STORE_UNAVAILABLE, "model tenant01/4: the store is away");
    ModelSource another =
        new ModelSource(parts, new ArtifactTiers(parts), List.of(parts), new FakeTicker());
    parts.registryAway = true;
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> another.load(REF.tenant()))
        .withMessage("tenant 'tenant01': the registry is away");
  }

  @Test
  void whileTheRegistryIsAwayWhatItNamedLastIsLoaded() {
    SharedModel first = source.load(REF.tenant());
    parts.registryAway = true;
    SharedModel again = source.load(REF.tenant());
    assertThat(again.artifact()).isEqualTo(first.artifact());
    parts.registryAway = false;
    parts.live = Optional.empty();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> source.load(REF.tenant()))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.MODEL_NOT_FOUND);
    parts.registryAway = true;
    assertThatExceptionOfType(ServingException.class)
        .as("a deleted model does not come back")
        .isThrownBy(() -> source.load(REF.tenant()))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }

  @Test
  void bytesThatWereNotPublishedAreNotParsed() {
    parts.read = new byte[] {1, 2, 4};
    assertFails(
        ErrorCode.ARTIFACT_CORRUPT,
        "model tenant01/4: the artifact's SHA-256 is not the one that was published");
  }

  @Test
  void aFormatThatNobodyTakesIsNamed() {
    parts.format = "pickle";
    assertFails(ErrorCode.LOAD_FAILED, "model tenant01/4: no loader takes the format 'pickle'");
  }

  @Test
  void aModelThatTakesMoreThanThereIsIsNotTried() {
    MemoryMeter nothing =
        new MemoryMeter() {
          @Override
          public long limitBytes() {
            return 2;
          }

          @Override
          public long freeBytes() {
            return 2;
          }

          @Override
          public void reclaim() {}
        };
    ModelSource guarded =
        new ModelSource(
            parts,
            new ArtifactTiers(parts),
            List.of(parts),
            LoadJournal.none(),
            new MemoryGuard(nothing, nothing),
            Measurements.unread(),
            new FakeTicker());

    ServingException e =
        assertThrows(ServingException.class, () -> guarded.load(REF.tenant()).release());

    assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED);
    assertThat(parts.loaded).isEmpty();
    assertThat(guarded.memoryRefusals()).isEqualTo(1);
  }
}
