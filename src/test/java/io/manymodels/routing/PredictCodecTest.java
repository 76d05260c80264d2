package io.manymodels.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.stats.ModelCost;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Values;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class PredictCodecTest {
  private static final ModelCost COST = new ModelCost(123_456_789_012L, 34);
  private static final TenantId TENANT = new TenantId("a.b-c_9");

  @Property(tries = 300)
  void aRequestComesBack(
      @ForAll("tenants") TenantId tenant,
      @ForAll @IntRange(min = 1, max = 9) int rowCount,
      @ForAll @IntRange(min = 1, max = 9) int width,
      @ForAll double seed,
      @ForAll @LongRange(min = 0) long timeoutMillis) {
    double[] values = new double[rowCount * width];
    Arrays.setAll(values, i -> seed + i);
    PredictRequest request =
        new PredictRequest(tenant, Rows.matrix(rowCount, width, values), timeoutMillis);
    PredictRequest read = PredictCodec.decodeRequest(PredictCodec.encode(request));
    assertThat(read.tenant()).isEqualTo(tenant);
    assertThat(read.timeoutMillis()).isEqualTo(timeoutMillis);
    assertThat(read.rows().count()).isEqualTo(rowCount);
    assertThat(Values.width(read.rows())).isEqualTo(width);
    assertThat(Values.numbers(read.rows())).isEqualTo(values);
  }

  @Property(tries = 500)
  void aPredictionComesBack(
      @ForAll("tenants") TenantId tenant,
      @ForAll @LongRange(min = 1, max = ModelVersion.MAX_NUMBER) long version,
      @ForAll("predictions") Prediction prediction) {
    ModelRef ref = new ModelRef(tenant, new ModelVersion(version));
    Predicted read =
        (Predicted)
            PredictCodec.decodeReply(
                PredictCodec.encode(new Predicted(ref, prediction, true, COST)));
    assertThat(read.ref()).isEqualTo(ref);
    assertThat(read.prediction()).usingRecursiveComparison().isEqualTo(prediction);
  }

  @Property(tries = 300)
  void aFailureComesBack(
      @ForAll ErrorCode code,
      @ForAll("texts") String detail,
      @ForAll List<@From("violations") Violation> violations) {
    Failed failed = new Failed(code, detail, violations);
    assertThat(PredictCodec.decodeReply(PredictCodec.encode(failed))).isEqualTo(failed);
  }

  @Test
  void notHereComesBack() {
    assertThat(PredictCodec.decodeReply(PredictCodec.encode(new NotHere())))
        .isEqualTo(new NotHere());
  }

  @Property(tries = 2_000)
  void randomBytesAreRefused(@ForAll byte[] frame) {
    assertRefusesOrReads(frame);
    for (byte kind : new byte[] {0x11, 0x21, 0x22, 0x23}) {
      byte[] plausible = frame.clone();
      if (plausible.length > 0) {
        plausible[0] = kind;
      }
      assertRefusesOrReads(plausible);
    }
  }

  @Property(tries = 500)
  void damagedFramesAreRefusedOrRead(
      @ForAll("predictions") Prediction prediction, @ForAll int at, @ForAll byte damage) {
    byte[] request =
        PredictCodec.encode(new PredictRequest(TENANT, Rows.matrix(1, 2, new double[2]), 5));
    byte[] reply =
        PredictCodec.encode(
            new Predicted(new ModelRef(TENANT, new ModelVersion(1)), prediction, false, COST));
    byte[] failed =
        PredictCodec.encode(
            new Failed(ErrorCode.INTERNAL, "x", List.of(new Violation("/data/0", "y"))));
    for (byte[] frame : List.of(request, reply, failed)) {
      int position = Math.floorMod(at, frame.length);
      assertRefusesOrReads(Arrays.copyOf(frame, position));
      frame[position] = damage;
      assertRefusesOrReads(frame);
    }
  }

  /** A length that is a lie must not be believed before it is checked: 2^31 would be gigabytes. */
  @Test
  void aHugeLengthIsRefusedBeforeAnythingIsAllocated() {
    byte[] hugeTenant = ByteBuffer.allocate(13).put((byte) 0x21).putInt(Integer.MAX_VALUE).array();
    byte[] tenant = {'t'};
    ByteBuffer rows = ByteBuffer.allocate(64).put((byte) 0x11).putLong(1).putInt(1).put(tenant);
    rows.putInt(1 << 16).putInt(1 << 16);
    byte[] violations = ByteBuffer.allocate(13).put((byte) 0x23).putInt(Integer.MAX_VALUE).array();
    for (byte kind = 1; kind <= 4; kind++) {
      ByteBuffer prediction =
          ByteBuffer.allocate(64).put((byte) 0x21).putInt(1).put(tenant).putInt(1);
      prediction.put(kind).putInt(1).putInt(Integer.MAX_VALUE);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PredictCodec.decodeReply(prediction.array()));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeReply(hugeTenant));
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeReply(violations));
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeRequest(rows.array()));
  }

  @Test
  void anEmptyFrameAndTheWrongKindAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeReply(new byte[0]));
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeRequest(new byte[0]));
    byte[] reply = PredictCodec.encode(new NotHere());
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeRequest(reply));
  }

  private static void assertRefusesOrReads(byte[] frame) {
    refusesOrReads(() -> PredictCodec.decodeReply(frame));
    refusesOrReads(() -> PredictCodec.decodeRequest(frame));
  }

  /** Anything but an IllegalArgumentException fails the test. */
  private static void refusesOrReads(Runnable decode) {
    try {
      decode.run();
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }

  @Provide
  Arbitrary<TenantId> tenants() {
    return Arbitraries.strings()
        .withCharRange('a', 'z')
        .withCharRange('0', '9')
        .withChars("AZ._-")
        .ofMinLength(1)
        .ofMaxLength(TenantId.MAX_LENGTH)
        .filter(name -> !name.startsWith("."))
        .map(TenantId::new);
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().ofMaxLength(50).filter(PredictCodecTest::isUnicode);
  }

  @Provide
  Arbitrary<Violation> violations() {
    return Combinators.combine(texts(), texts()).as(Violation::new);
  }

  @Provide
  Arbitrary<Cells> cells() {
    return Arbitraries.oneOf(
        Arbitraries.longs().array(long[].class).ofMaxSize(20).map(Cells.Longs::new),
        Arbitraries.floats().array(float[].class).ofMaxSize(20).map(Cells.Floats::new),
        Arbitraries.doubles().array(double[].class).ofMaxSize(20).map(Cells.Doubles::new),
        texts().array(String[].class).ofMaxSize(20).map(Cells.Texts::new));
  }

  @Provide
  Arbitrary<Prediction> predictions() {
    Arbitrary<Integer> columns = Arbitraries.integers().between(1, 4);
    return Combinators.combine(cells(), columns)
        .filter((cells, width) -> cells.size() % width == 0)
        .as(Prediction::of);
  }

  private static boolean isUnicode(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  @Test
  void aRequestSaysWhichVersionMustNotPredict() {
    Rows rows = Rows.matrix(1, 2, new double[2]);
    PredictRequest request = new PredictRequest(TENANT, rows, 5, Optional.of(new ModelVersion(17)));
    assertThat(PredictCodec.encode(request)).hasSize(PredictCodec.size(request));
    assertThat(PredictCodec.decodeRequest(PredictCodec.encode(request)).refusing())
        .contains(new ModelVersion(17));
    assertThat(
            PredictCodec.decodeRequest(PredictCodec.encode(new PredictRequest(TENANT, rows, 5)))
                .refusing())
        .isEmpty();
  }
}
