package io.manymodels.formats;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignFormatTest {
  private static final String PICKLE =
      "800595a9020000000000008c1e736b6c6561726e2e6c696e6561725f6d6f64656c2e5f6c6f67697374";

  private static String of(byte[] bytes, String name) {
    return ForeignFormat.of(ByteBuffer.wrap(bytes), name).orElse("");
  }

  /** The first bytes of files that these libraries wrote. */
  @ParameterizedTest
  @CsvSource({
    "63636f70795f7265670a5f7265636f6e7374727563746f720a70300a2863736b, it is a pickle, convert",
    "63636f70795f7265670a5f7265636f6e7374727563746f720a71002863736b6c, it is a pickle, convert",
    "63736b6c6561726e2e7376720a5356520a7100, it is a pickle, convert",
    "800263736b6c6561726e2e6c696e6561725f6d6f64656c2e5f6c6f6769737469, it is a pickle, convert",
    PICKLE + ", it is a pickle, convert",
    "425a6833314159265359423c22d200014b7ffffff7783f, a compressed file, convert",
    "fd377a585a000004e6d6b4460200210114000000ffe7ec, a compressed file, convert",
    "5d00004000ffffffffffffffff0040010e6d44cf29dd7c, a compressed file, convert",
    "747265650a76657273696f6e3d76340a6e756d5f636c61, a LightGBM model, convert",
    "7b4c00000000000000076c6561726e65727b4c00000000, an XGBoost model in UBJSON, convert",
    "62696e660000003f0300, an XGBoost model in its old binary form, save_model",
    "43424d3100000000, a CatBoost model, convert",
    "894844460d0a1a0a00, a Keras file, model.export",
    "1c00000054464c3314002000, a TensorFlow Lite model, tf2onnx",
    "47475546030000000000, a language model in GGUF, own-models.md",
    "504152311504150000, a table, publish the model itself",
    "934e554d505901007600, a NumPy array, publish the model itself"
  })
  void eachIsKnownByItsFirstBytes(String hex, String what, String todo) {
    assertThat(of(HexFormat.of().parseHex(hex), "model.bin")).contains(what, todo);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"learner":{"attributes":{} | an XGBoost model in JSON | convert
          {"coefficients": [1]} | a JSON file | own-models.md
          <?xml version="1.0"?><PMML version="4.4"> | a PMML model | own-models.md
          <net name="x"> | an XML file | own-models.md
          version https://git-lfs.github.com/spec/v1 | a pointer of Git LFS | git lfs pull
          flavors: {onnx: {}} | the description of an MLflow model | publish its folder
          hello, Straße | a text file | publish the model itself
          """)
  void textsAreToldApart(String text, String what, String todo) {
    assertThat(of(text.getBytes(UTF_8), "model.bin")).contains(what, todo);
  }

  @ParameterizedTest
  @CsvSource({
    "schema.json, a skops file, convert",
    "archive/data.pkl, a PyTorch file, torch.onnx.export",
    "model.weights.h5, a Keras file, model.export",
    "a.npy, NumPy arrays, publish the model itself",
    "readme.md, a ZIP archive, unpack it"
  })
  void archivesAreKnownByWhatIsInThem(String entry, String what, String todo) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(1);
    }
    assertThat(of(bytes.toByteArray(), "model.bin")).contains(what, todo);
  }

  /** A stream that packs. */
  private interface Packing {
    OutputStream into(OutputStream bytes) throws IOException;
  }

  private static byte[] packed(byte[] content, Packing packing) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = packing.into(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void whatIsCompressedIsLookedInto() throws IOException {
    for (Packing packing : List.<Packing>of(GZIPOutputStream::new, DeflaterOutputStream::new)) {
      byte[] pickle = packed(HexFormat.of().parseHex(PICKLE), packing);
      assertThat(of(pickle, "m.joblib")).contains("a compressed pickle", "convert");
      byte[] other = packed(new byte[] {1, 2, 3}, packing);
      assertThat(of(other, "m.gz")).contains("a compressed file, ", "publish what is in it");
    }
    byte[] rds = packed("X\n\0\0\0\3".getBytes(ISO_8859_1), GZIPOutputStream::new);
    assertThat(of(rds, "m.rds")).contains("an R file", "own-models.md");
  }

  @Test
  void whatHasNoMarkIsKnownByItsName() {
    byte[] weights = {0, 0, -128, 63, 0, 0};
    assertThat(of(weights, "model.onnx.data")).contains("the file of weights", ".onnx file beside");
    assertThat(of(new byte[] {8, 1, 18, 3}, "saved_model.pb")).contains("SavedModel", "tf2onnx");
    assertThat(of(weights, "model.bin")).isEmpty();
    assertThat(of(new byte[0], "model.bin")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"row_sum", "probabilities_by_name", "unknown_operator"})
  void anOnnxModelIsNone(String name) {
    assertThat(of(tinyOnnx(name), "model.onnx")).isEmpty();
  }
}
