package io.manymodels.tools.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelVersion;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Values;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FleetTest {
  private static final ModelLoader LOADER =
      ServiceLoader.load(ModelLoader.class).stream()
          .map(ServiceLoader.Provider::get)
          .filter(loader -> loader.format().equals("onnx"))
          .findFirst()
          .orElseThrow();

  private static long[] labels(byte[] model, int rows) {
    ArtifactDescriptor artifact = Artifacts.describe(Artifacts.ref("t", 1), model);
    Random random = new Random(3);
    double[] values = random.doubles(4L * rows, 0, 8).toArray();
    try (LoadedModel loaded = LOADER.load(artifact, ByteBuffer.wrap(model))) {
      assertThat(loaded.signature().inputs().get(0).width()).isEqualTo(4);
      return Values.of(loaded.predict(Rows.matrix(rows, 4, values))).stream()
          .mapToLong(Long.class::cast)
          .toArray();
    }
  }

  @ParameterizedTest
  @EnumSource(FleetKind.class)
  void eachTenantAndVersionHasAModelOfItsOwn(FleetKind kind) {
    Set<String> digests = new HashSet<>();
    for (int tenant = 1; tenant <= 200; tenant++) {
      for (int version = 1; version <= 3; version++) {
        digests.add(ArtifactDigest.of(ByteBuffer.wrap(kind.model(1, tenant, version))).hex());
      }
    }
    assertThat(digests).hasSize(600);
  }

  /** Digests that were written down: another JDK or machine has to make the same. */
  @ParameterizedTest
  @CsvSource({
    "LINEAR, 31d3cda52d0fbec192817cf28837b9d368e7e19940aba0a75a6fbccdb3b9d821",
    "FOREST, 2c31771a3d1d8e9cd4516ee2efa51b53133b5f3a2f686451298760759c4f03c0",
    "VERSION, 034fc72c6a7de7f3a1bf1a0618cef1e3594e4263c72813fdb80f7102ebc61097",
  })
  void theSameSeedMakesTheSameBytes(FleetKind kind, String digest) {
    assertThat(ArtifactDigest.of(ByteBuffer.wrap(kind.model(7, 12, 3))).hex()).isEqualTo(digest);
  }

  @Test
  void anotherSeedMakesAnotherModel() {
    assertThat(FleetKind.LINEAR.model(1, 1, 1)).isNotEqualTo(FleetKind.LINEAR.model(2, 1, 1));
    assertThat(FleetKind.FOREST.model(1, 1, 1)).isNotEqualTo(FleetKind.FOREST.model(2, 1, 1));
  }

  @ParameterizedTest
  @CsvSource({"LINEAR, 300, 600", "FOREST, 4000, 6000"})
  void modelsAreSmallAndTellRowsApart(FleetKind kind, int least, int most) {
    int several = 0;
    for (int tenant = 1; tenant <= 50; tenant++) {
      byte[] model = kind.model(1, tenant, 1);
      assertThat(model).hasSizeBetween(least, most);
      Set<Long> seen = new HashSet<>();
      for (long label : labels(model, 100)) {
        assertThat(label).isBetween(0L, 2L);
        seen.add(label);
      }
      several += seen.size() > 1 ? 1 : 0;
    }
    assertThat(several).isGreaterThan(30);
  }

  @Test
  void mixedIsSomeOfEach() {
    assertThat(FleetKind.MIXED.model(1, 1, 1)).isEqualTo(FleetKind.LINEAR.model(1, 1, 1));
    assertThat(FleetKind.MIXED.model(1, 2, 1)).isEqualTo(FleetKind.FOREST.model(1, 2, 1));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1001", "10000, 2, 10000002", "1000000, 999, 1000000999"})
  void theAnswerNamesTenantAndVersionExactly(int tenant, int version, long answer) {
    assertThat(FleetKind.answer(tenant, version)).isEqualTo(answer);
    assertThat(labels(FleetKind.VERSION.model(5, tenant, version), 3)).containsOnly(answer);
    assertThat(labels(FleetKind.VERSION.model(5, tenant, version), 3)).hasSize(3);
  }

  @Test
  void aPrefixThatMakesNoNamesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Fleet(FleetKind.LINEAR, 1, "a/", new ModelVersion(1)))
        .withMessageContaining("a tenant is");
  }
}
