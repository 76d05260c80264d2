package io.manymodels.testing;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.MemoryNeed;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What every {@link ModelLoader} and the models it loads do. */
public abstract class ModelLoaderContract {

  protected abstract ModelLoader loader();

  /** An artifact of a model that takes rows of {@link #width()} numbers, at least two. */
  protected abstract byte[] goodArtifact();

  protected abstract int width();

  @Test
  void theLoaderIsFoundByItsFormat() {
    assertThat(StreamSupport.stream(ServiceLoader.load(ModelLoader.class).spliterator(), false))
        .filteredOn(found -> found.format().equals(loader().format()))
        .hasSize(1)
        .first()
        .isInstanceOf(loader().getClass());
  }

  @Test
  void anyNumberOfRowsIsAnsweredRowByRow() {
    try (LoadedModel model = load(goodArtifact())) {
      Rows rows = rows(200, 1);
      Prediction all = model.predict(rows);
      assertThat(Values.shape(all)[0]).isEqualTo(200);
      int columns = Values.of(all).size() / 200;
      double[] numbers = Values.numbers(rows);
      for (int i = 0; i < rows.count(); i++) {
        Rows row =
            Rows.matrix(1, width(), Arrays.copyOfRange(numbers, i * width(), (i + 1) * width()));
        assertThat(Values.of(model.predict(row)))
            .isEqualTo(Values.of(all).subList(i * columns, (i + 1) * columns));
      }
    }
  }

  @Test
  void aModelSaysItsWidthAndRefusesOtherRows() {
    try (LoadedModel model = load(goodArtifact())) {
      assertThat(model.signature().inputs())
          .singleElement()
          .extracting(ModelInput::width)
          .isEqualTo((long) width());
      int wrong = width() - 1;
      assertFails(
          ErrorCode.INPUT_MISMATCH,
          () -> model.predict(Rows.matrix(1, wrong, new double[wrong])),
          "expected " + width(),
          "got " + wrong);
    }
  }

  @Test
  void aModelHasAWeight() {
    try (LoadedModel model = load(goodArtifact())) {
      assertThat(model.weightBytes()).isPositive();
    }
  }

  @Test
  void whatALoadTakesIsForeseen() {
    byte[] artifact = goodArtifact();
    ByteBuffer bytes = ByteBuffer.wrap(artifact);
    MemoryNeed need = loader().memory(describe(ref("tenant1", 1), artifact), bytes);
    assertThat(need.heapBytes() + need.nativeBytes()).isGreaterThanOrEqualTo(artifact.length);
    assertThat(bytes.position()).isZero();
  }

  @Test
  void theBytesMayLieInAnyKindOfBuffer() {
    byte[] artifact = goodArtifact();
    ByteBuffer slice = ByteBuffer.allocate(artifact.length + 20).position(7);
    slice.duplicate().put(artifact);
    slice.limit(7 + artifact.length);
    ByteBuffer direct = ByteBuffer.allocateDirect(artifact.length).put(artifact).flip();
    for (ByteBuffer bytes :
        List.of(
            ByteBuffer.wrap(artifact),
            slice,
            slice.asReadOnlyBuffer(),
            direct,
            direct.asReadOnlyBuffer())) {
      int position = bytes.position();
      try (LoadedModel model = loader().load(describe(ref("tenant1", 1), artifact), bytes)) {
        assertThat(Values.of(model.predict(rows(3, 1)))).isNotEmpty();
      }
      assertThat(bytes.position()).isEqualTo(position);
    }
  }

  @Test
  void theBytesMayGoAwayAfterLoading() {
    byte[] artifact = goodArtifact();
    ByteBuffer direct = ByteBuffer.allocateDirect(artifact.length).put(artifact).flip();
    try (LoadedModel model = loader().load(describe(ref("tenant1", 1), artifact), direct);
        LoadedModel other = load(artifact)) {
      direct.put(new byte[artifact.length]);
      assertThat(Values.of(model.predict(rows(50, 2))))
          .isEqualTo(Values.of(other.predict(rows(50, 2))));
    }
  }

  @Test
  void twoLoadsOfOneArtifactAreIndependent() {
    try (LoadedModel second = load(goodArtifact())) {
      List<Object> expected;
      try (LoadedModel first = load(goodArtifact())) {
        expected = Values.of(first.predict(rows(10, 3)));
      }
      assertThat(Values.of(second.predict(rows(10, 3)))).isEqualTo(expected);
    }
  }

  @Test
  void manyThreadsPredictWithOneModel() throws Exception {
    try (LoadedModel model = load(goodArtifact())) {
      List<List<Object>> expected =
          IntStream.range(0, 50).mapToObj(i -> Values.of(model.predict(rows(1 + i, i)))).toList();
      List<List<List<Object>>> answers =
          Parallel.call(
              16,
              () ->
                  IntStream.range(0, 50)
                      .mapToObj(i -> Values.of(model.predict(rows(1 + i, i))))
                      .toList());
      assertThat(answers).hasSize(16).containsOnly(expected);
    }
  }

  @Test
  void whatIsNotAModelIsRefused() {
    byte[] good = goodArtifact();
    for (byte[] bad :
        List.of(
            new byte[0],
            new byte[1000],
            bytes(1000, 1),
            "not a model".getBytes(UTF_8),
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length / 2))) {
      assertFails(ErrorCode.LOAD_FAILED, () -> load(bad).close(), "tenant1/1");
    }
  }

  protected final LoadedModel load(byte[] bytes) {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    return loader().load(artifact, ByteBuffer.wrap(bytes));
  }

  protected final Rows rows(int count, long seed) {
    return Rows.matrix(
        count, width(), new Random(seed).doubles((long) count * width(), 0, 8).toArray());
  }

  /** The failure has the code and says the words in one line. */
  protected static ServingException assertFails(ErrorCode code, Runnable call, String... words) {
    ServingException[] thrown = new ServingException[1];
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .withMessageContainingAll(words)
        .withMessageNotContainingAny("\n", "/tmp", "onnxruntime")
        .satisfies(e -> assertThat(e.code()).isEqualTo(code))
        .satisfies(e -> thrown[0] = e);
    return thrown[0];
  }
}
