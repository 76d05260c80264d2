package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Damaged models are loaded or refused, soon, and nothing else happens. */
class OnnxFuzzTest {
  private static final ModelLoader LOADER = new OnnxModelLoader(Duration.ofSeconds(1));
  private static final Duration SOON = Duration.ofSeconds(10);

  /** One of each kind of model in the sample registry, and small ones with other operators. */
  private static final List<byte[]> REAL =
      List.of(
          tinyOnnx("row_sum"),
          tinyOnnx("colour"),
          tinyOnnx("huge_fill"),
          tinyOnnx("branch_in_pom"),
          SampleModels.bytes("tenant1", 1),
          SampleModels.bytes("tenant2", 1),
          SampleModels.bytes("tenant3", 1),
          SampleModels.bytes("tenant4", 1),
          SampleModels.bytes("tenant5", 1),
          SampleModels.bytes("tenant20", 1));

  /** What happens to a byte: where it is, as a part of the file, and what it becomes. */
  record Change(double where, byte what) {}

  @Provide
  Arbitrary<byte[]> real() {
    return Arbitraries.of(REAL);
  }

  @Provide
  Arbitrary<List<Change>> changes() {
    Arbitrary<Double> anywhere =
        Arbitraries.oneOf(
            Arbitraries.doubles().between(0, 1), Arbitraries.doubles().between(0, 0.05));
    return anywhere
        .flatMap(where -> Arbitraries.bytes().map(what -> new Change(where, what)))
        .list()
        .ofMinSize(1)
        .ofMaxSize(8);
  }

  @Property(tries = 300)
  void changedBytes(@ForAll("real") byte[] model, @ForAll("changes") List<Change> changes) {
    byte[] changed = model.clone();
    for (Change change : changes) {
      changed[(int) (change.where() * (changed.length - 1))] = change.what();
    }
    loadsOrIsRefused(changed);
  }

  @Property(tries = 100)
  void cutAndJoined(@ForAll("real") byte[] model, @ForAll("real") byte[] other, @ForAll byte cut) {
    int length = model.length * (cut & 0xff) / 256;
    loadsOrIsRefused(Arrays.copyOf(model, length));
    byte[] joined = Arrays.copyOf(model, length + other.length);
    System.arraycopy(other, 0, joined, length, other.length);
    loadsOrIsRefused(joined);
  }

  @Property(tries = 200)
  void anyBytes(@ForAll byte[] bytes) {
    loadsOrIsRefused(bytes);
  }

  private static void loadsOrIsRefused(byte[] bytes) {
    long start = System.nanoTime();
    try (LoadedModel model =
        LOADER.load(describe(ref("tenant1", 1), bytes), ByteBuffer.wrap(bytes))) {
      assertThat(model.weightBytes()).isPositive();
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED);
      assertThat(e).hasMessageStartingWith("tenant1/1: ").hasMessageNotContaining("\n");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
  }
}
