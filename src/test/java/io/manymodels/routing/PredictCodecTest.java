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
import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.OutputValue.ByClass;
import io.manymodels.tensor.OutputValue.Entries;
import io.manymodels.tensor.OutputValue.Sequence;
import io.manymodels.tensor.OutputValue.Tensor;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Rows.Form;
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
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class PredictCodecTest {
  private static final ModelCost COST = new ModelCost(123_456_789_012L, 34);
  private static final TenantId TENANT = new TenantId("a.b-c_9");

  @Property(tries = 1_000)
  void aRequestComesBack(
      @ForAll("tenants") TenantId tenant,
      @ForAll("rows") Rows rows,
      @ForAll @LongRange(min = 0) long timeoutMillis) {
    PredictRequest request = new PredictRequest(tenant, rows, timeoutMillis);
    byte[] frame = PredictCodec.encode(request);
    assertThat(frame).hasSize(PredictCodec.size(request));
    PredictRequest read = PredictCodec.decodeRequest(frame);
    assertThat(read.tenant()).isEqualTo(tenant);
    assertThat(read.timeoutMillis()).isEqualTo(timeoutMillis);
    assertThat(Values.parts(read.rows())).isEqualTo(Values.parts(rows));
    assertThat(read.rows().fingerprint()).isEqualTo(rows.fingerprint());
  }

  @Property(tries = 1_000)
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
    assertThat(read.waited()).isTrue();
    assertThat(read.cost()).isEqualTo(COST);
    assertThat(Values.parts(read.prediction().first())).isEqualTo(Values.parts(prediction.first()));
    assertThat(read.prediction().outputs())
        .extracting(
            output -> List.of(output.name(), output.datatype(), Values.parts(output.value())))
        .isEqualTo(
            prediction.outputs().stream()
                .map(
                    output ->
                        List.of(output.name(), output.datatype(), Values.parts(output.value())))
                .toList());
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
    for (byte kind : new byte[] {0x13, 0x24, 0x22, 0x23}) {
      byte[] plausible = frame.clone();
      if (plausible.length > 0) {
        plausible[0] = kind;
      }
      assertRefusesOrReads(plausible);
    }
  }

  @Property(tries = 500)
  void damagedFramesAreRefusedOrRead(
      @ForAll("rows") Rows rows,
      @ForAll("predictions") Prediction prediction,
      @ForAll int at,
      @ForAll byte damage) {
    byte[] request = PredictCodec.encode(new PredictRequest(TENANT, rows, 5));
    byte[] reply =
        PredictCodec.encode(
            new Predicted(new ModelRef(TENANT, new ModelVersion(1)), prediction, false, COST));
    byte[] failed =
        PredictCodec.encode(
            new Failed(ErrorCode.INTERNAL, "x", List.of(new Violation("/data/0", "y"))));
    for (byte[] frame : List.of(request, reply, failed)) {
      int position = Math.floorMod(at, frame.length);
      byte[] cut = Arrays.copyOf(frame, position);
      assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeReply(cut));
      assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeRequest(cut));
      frame[position] = damage;
      assertRefusesOrReads(frame);
    }
  }

  /** A length that is a lie must not be believed before it is checked: 2^31 would be gigabytes. */
  @Test
  void aHugeLengthIsRefusedBeforeAnythingIsAllocated() {
    byte[] tenant = {'t'};
    byte[] hugeTenant = ByteBuffer.allocate(13).put((byte) 0x24).putInt(Integer.MAX_VALUE).array();
    byte[] violations = ByteBuffer.allocate(13).put((byte) 0x23).putInt(Integer.MAX_VALUE).array();
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeReply(hugeTenant));
    assertThatIllegalArgumentException().isThrownBy(() -> PredictCodec.decodeReply(violations));
    byte[] noShape = {0};
    byte[] anyShapes = ByteBuffer.allocate(5).put((byte) -1).putInt(Integer.MAX_VALUE).array();
    for (byte kind = 0; kind <= 8; kind++) {
      byte[] cells = ByteBuffer.allocate(5).put(kind).putInt(Integer.MAX_VALUE).array();
      for (byte[] shapes : List.of(noShape, anyShapes)) {
        ByteBuffer rows = ByteBuffer.allocate(200).put((byte) 0x13).putLong(1).putLong(0);
        rows.putInt(1).put(tenant).put(Form.DATA.code()).putInt(1 << 16).put((byte) 0).putInt(0);
        rows.putInt(1).putInt(1 << 15).putInt(0).put(shapes).put(cells);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> PredictCodec.decodeRequest(rows.array()));
      }
      ByteBuffer prediction = ByteBuffer.allocate(200).put((byte) 0x24).putInt(1).put(tenant);
      prediction.putLong(1).put((byte) 0).putLong(0).putLong(0);
      prediction.put(kind).put(cells).put(cells);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PredictCodec.decodeReply(prediction.array()));
    }
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
  Arbitrary<Rows> rows() {
    Arbitrary<Outputs> outputs =
        Arbitraries.oneOf(
            Arbitraries.of(Outputs.FIRST, Outputs.ALL),
            texts().list().ofMinSize(1).ofMaxSize(3).map(names -> new Outputs(false, names)));
    Arbitrary<Integer> counts = Arbitraries.integers().between(1, 4);
    return Combinators.combine(Arbitraries.of(Form.values()), counts, outputs)
        .flatAs(
            (form, count, wanted) ->
                blocks(form, count).map(blocks -> new Rows(form, count, blocks, wanted)));
  }

  private Arbitrary<List<Block>> blocks(Form form, int count) {
    Arbitrary<Integer> width = Arbitraries.integers().between(1, 3);
    return switch (form) {
      case DATA -> width.flatMap(w -> block(count, w - 1, 0)).map(List::of);
      case BARE_DATA, RAGGED_DATA -> block(count, 1, 0).map(List::of);
      case COLUMNS, RECORDS, FRAME, FRAME_RECORDS, WRITTEN ->
          width.flatMap(w -> block(count, w, w)).map(List::of);
      case ANY_INPUT -> block(count, 1, 1).map(List::of);
      case INPUTS -> block(count, 1, 1).list().ofMinSize(1).ofMaxSize(3);
    };
  }

  private Arbitrary<Block> block(int count, int width, int names) {
    Arbitrary<Datatype> datatypes = Arbitraries.of(Datatype.class).injectNull(0.5);
    return Combinators.combine(shapes(count * width), texts().list().ofSize(names), datatypes)
        .flatAs(
            (shapes, itsNames, declared) ->
                cells(shapes.values(count * width))
                    .map(cells -> new Block(itsNames, width, cells, shapes, declared)));
  }

  private static Arbitrary<CellShapes> shapes(int cells) {
    Arbitrary<int[]> dimensions =
        Arbitraries.integers().between(0, 3).array(int[].class).ofMaxSize(3);
    return Arbitraries.oneOf(
        Arbitraries.just(CellShapes.SCALARS),
        dimensions.map(CellShapes::uniform),
        dimensions.array(int[][].class).ofSize(cells).map(CellShapes::of));
  }

  private Arbitrary<Cells> cells(int size) {
    Arbitrary<Float> floats =
        Arbitraries.oneOf(
            Arbitraries.floats(), Arbitraries.of(Float.NaN, Float.NEGATIVE_INFINITY, -0f));
    Arbitrary<Double> doubles =
        Arbitraries.oneOf(
            Arbitraries.doubles(), Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, -0.0));
    return Arbitraries.oneOf(
        Arbitraries.longs().array(long[].class).ofSize(size).map(Cells.Longs::new),
        floats.array(float[].class).ofSize(size).map(Cells.Floats::new),
        doubles.array(double[].class).ofSize(size).map(Cells.Doubles::new),
        Arbitraries.of(true, false).array(boolean[].class).ofSize(size).map(Cells.Truths::new),
        texts().array(String[].class).ofSize(size).map(Cells.Texts::new),
        mixed(size));
  }

  private Arbitrary<Cells> mixed(int size) {
    return Combinators.combine(
            Arbitraries.of(Kind.values()).list().ofSize(size),
            Arbitraries.longs().array(long[].class).ofSize(size),
            texts().array(String[].class).ofSize(size))
        .as(
            (kinds, bits, texts) -> {
              byte[] codes = new byte[size];
              for (int i = 0; i < size; i++) {
                codes[i] = kinds.get(i).code();
                texts[i] = kinds.get(i) == Kind.TEXT ? texts[i] : "";
              }
              return new Cells.Mixed(
                  codes, bits, kinds.contains(Kind.TEXT) ? texts : new String[0]);
            });
  }

  @Provide
  Arbitrary<Prediction> predictions() {
    Arbitrary<Prediction.Named> named =
        Combinators.combine(texts(), Arbitraries.of(Datatype.class), values(2))
            .as(Prediction.Named::new);
    return Combinators.combine(values(2), named.list().ofMaxSize(3)).as(Prediction::new);
  }

  private Arbitrary<OutputValue> values(int depth) {
    Arbitrary<Integer> sizes = Arbitraries.integers().between(0, 4);
    Arbitrary<OutputValue> flat =
        Arbitraries.oneOf(
            Arbitraries.integers()
                .between(0, 3)
                .array(int[].class)
                .ofMaxSize(4)
                .flatMap(
                    shape ->
                        cells(CellShapes.values(shape)).map(cells -> new Tensor(cells, shape))),
            Combinators.combine(sizes, sizes)
                .flatAs(
                    (keys, rows) ->
                        Combinators.combine(keys(keys), cells(keys * rows)).as(ByClass::new)),
            sizes.flatMap(keys -> Combinators.combine(keys(keys), cells(keys)).as(Entries::new)));
    return depth == 0
        ? flat
        : Arbitraries.oneOf(flat, values(depth - 1).list().ofMaxSize(3).map(Sequence::new));
  }

  private Arbitrary<Cells> keys(int size) {
    return Arbitraries.oneOf(
        texts().array(String[].class).ofSize(size).map(Cells.Texts::new),
        Arbitraries.longs().array(long[].class).ofSize(size).map(Cells.Longs::new));
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
