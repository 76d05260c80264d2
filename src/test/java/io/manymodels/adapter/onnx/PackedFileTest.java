package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.manymodels.adapter.onnx.graph.PackedFile;
import io.manymodels.inference.ModelLoader.OtherFiles;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protobuf.ProtobufMessage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedFileTest {
  private static final OrtEnvironment ENVIRONMENT = NativeLibrary.load();
  private static final OtherFiles NONE =
      name -> {
        throw new ServingException(ErrorCode.LOAD_FAILED, "no file " + name);
      };

  @Test
  void constantsOfOtherFilesAreThere() throws OrtException {
    Map<String, ByteBuffer> files =
        Map.of("weights/a.bin", floats(-1, 1, 2), "b.bin", floats(3, 4, 5, 6));
    List<String> read = new ArrayList<>();
    OtherFiles others =
        name -> {
          read.add(name);
          return files.get(name);
        };
    ByteBuffer packed = packed(tinyOnnx("graph/in_other_files"), others);
    assertThat(read).containsExactlyInAnyOrder("weights/a.bin", "b.bin");
    assertThat(files.values()).extracting(ByteBuffer::position).containsOnly(0);
    try (OrtSession session = ENVIRONMENT.createSession(toArray(packed));
        OnnxTensor x = OnnxTensor.createTensor(ENVIRONMENT, new float[][] {{0, 10}});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      assertThat(result.get(0).getValue()).isEqualTo(new float[][] {{9, 22}});
    }
    assertThat(packed(toArray(packed), NONE)).isEqualTo(packed);
  }

  @Test
  void aFileThatStandsAloneIsNotCopied() {
    ByteBuffer file = ByteBuffer.wrap(tinyOnnx("row_sum"));
    assertThat(PackedFile.of(ref("tenant1", 1), file, NONE)).isSameAs(file);
  }

  @Test
  void theLoaderPacksAndReadsTheSignature() {
    OnnxModelLoader loader = new OnnxModelLoader();
    ByteBuffer packed =
        loader.packed(
            ref("tenant1", 1),
            ByteBuffer.wrap(tinyOnnx("graph/in_other_files")),
            name -> floats(1, 2, 3, 4));
    assertThat(loader.signature(ref("tenant1", 1), packed))
        .get()
        .satisfies(signature -> assertThat(signature.input("x")).isPresent());
  }

  @Test
  void aMissingFileIsRefusedByWhoeverReadsIt() {
    assertRefused(tinyOnnx("graph/in_other_files"), NONE, "no file ");
  }

  @Test
  void aFileThatIsTooShortIsRefused() {
    assertRefused(
        tinyOnnx("graph/in_other_files"),
        name -> floats(1, 2),
        "tenant1/1: the model is not taken: it keeps weights in bytes 4 to 12 of 'weights/a.bin',"
            + " which has 8; export it again");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/hostname",
        "../w",
        "a/../../w",
        "a/..",
        "C:\\w",
        "\\\\server\\w",
        "",
        "a//w"
      })
  void aFileOutsideOfTheFolderIsNotRead(String location) {
    assertRefused(
        constant(Map.of("location", location), 1),
        name -> floats(1),
        "tenant1/1: the model is not taken: it keeps weights in '"
            + location
            + "', which is not in its own folder; export it again");
  }

  @Test
  void anOffsetThatIsNoNumberIsRefused() {
    for (String offset : List.of("x", "-1", "9223372036854775807", "99999999999999999999")) {
      assertRefused(
          constant(Map.of("location", "w", "offset", offset), 1),
          name -> floats(1),
          "tenant1/1: the model is not taken: it ");
    }
  }

  @Test
  void moreThanOneFileCanHoldIsRefused(@TempDir Path folder) throws IOException {
    long bytes = 3L << 29;
    try (RandomAccessFile sparse = new RandomAccessFile(folder.resolve("w").toFile(), "rw")) {
      sparse.setLength(bytes);
      ByteBuffer mapped = sparse.getChannel().map(MapMode.READ_ONLY, 0, bytes);
      assertRefused(
          constant(Map.of("location", "w"), 2),
          name -> mapped,
          "tenant1/1: the model is not taken: in one file it has 3221225");
    }
  }

  private static void assertRefused(byte[] file, OtherFiles others, String reason) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> packed(file, others))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED))
        .withMessageStartingWith(reason);
  }

  /** A file with so many constants elsewhere. */
  private static byte[] constant(Map<String, String> entries, int count) {
    ProtobufMessage tensor = new ProtobufMessage().number(1, 1).number(2, 1).number(14, 1);
    entries.forEach(
        (key, value) -> tensor.message(13, new ProtobufMessage().text(1, key).text(2, value)));
    ProtobufMessage graph = new ProtobufMessage();
    for (int i = 0; i < count; i++) {
      graph.message(5, tensor);
    }
    return new ProtobufMessage().number(1, 8).message(7, graph).toBytes();
  }

  private static ByteBuffer packed(byte[] file, OtherFiles others) {
    return PackedFile.of(ref("tenant1", 1), ByteBuffer.wrap(file), others);
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }
}
