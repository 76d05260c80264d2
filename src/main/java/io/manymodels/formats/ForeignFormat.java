package io.manymodels.formats;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/**
 * Tells what a file is that is not an ONNX model, by its first bytes (and, of an archive, by the
 * names in it), and what its owner does to have it served. Nothing of it is run or unpacked but a
 * few bytes. Stateless.
 */
public final class ForeignFormat {
  /** ONNX's first field, the version of its format, and TensorFlow's. */
  private static final char PROTOBUF = '\b';

  private static final int HEAD = 4 << 10;
  private static final int TAIL = 64 << 10;
  private static final String CONVERT = "make ONNX of it: ./many-models models convert FILE";
  private static final String OWN =
      "export it to ONNX in the tool that wrote it, or write a model loader (docs/own-models.md)";

  private ForeignFormat() {}

  /**
   * One sentence, without a full stop; empty when the file is not recognised, as one of ONNX is
   * not.
   *
   * @param bytes of the whole file; its position does not move
   * @param fileName for what has no mark of its own
   */
  public static Optional<String> of(ByteBuffer bytes, String fileName) {
    String head = part(bytes, 0, HEAD);
    String name = fileName.toLowerCase(Locale.ROOT);
    if (!head.isEmpty() && head.charAt(0) == PROTOBUF && !name.endsWith(".pb")) {
      return Optional.empty();
    }
    return archive(bytes, head)
        .or(() -> compressed(bytes, head))
        .or(() -> pickle(head))
        .or(() -> boosted(head))
        .or(() -> network(head, name))
        .or(() -> data(head, name))
        .or(() -> text(head));
  }

  private static Optional<String> archive(ByteBuffer bytes, String head) {
    if (!head.startsWith("PK\u0003\u0004")) {
      return Optional.empty();
    }
    String names = head + part(bytes, Math.max(0, bytes.remaining() - TAIL), TAIL);
    if (names.contains("schema.json")) {
      return told("a skops file", CONVERT);
    }
    if (names.contains("/data.pkl") && names.contains("/constants.pkl")) {
      return told("a TorchScript file", torch());
    }
    if (names.contains("data.pkl")) {
      return told("a PyTorch file", torch());
    }
    if (names.contains("model.weights.h5") || names.contains("config.json")) {
      return told("a Keras file", "export it: model.export('model.onnx', format='onnx')");
    }
    return names.contains(".npy")
        ? told("an archive of NumPy arrays, not a model", "publish the model itself")
        : told("a ZIP archive", "unpack it and publish the model in it");
  }

  private static Optional<String> compressed(ByteBuffer bytes, String head) {
    String inside = "";
    if (head.startsWith("\u001f\u008b")) {
      inside = inflated(bytes, true);
    } else if (head.startsWith("x")
        && head.length() > 1
        && "\u0001^\u009c\u00da".indexOf(head.charAt(1)) >= 0) {
      inside = inflated(bytes, false);
    }
    if (inside.startsWith("X\n\u0000") || inside.startsWith("RDX") || inside.startsWith("A\n")) {
      return told("an R file", OWN);
    }
    if (pickle(inside).isPresent()) {
      return told("a compressed pickle, as joblib writes it", CONVERT);
    }
    if (head.startsWith("BZh")
        || head.startsWith("]\u0000\u0000")
        || head.startsWith("\u00fd7zXZ\u0000")
        || head.startsWith("\u0004\"M\u0018")) {
      return told("a compressed file, perhaps a pickle that joblib wrote", CONVERT);
    }
    return inside.isEmpty() ? Optional.empty() : told("a compressed file", "publish what is in it");
  }

  /** Protocols 2 to 5 begin with their number; 0 and 1 with an operation of pickle's machine. */
  private static Optional<String> pickle(String head) {
    boolean numbered =
        head.length() > 1
            && head.charAt(0) == '\u0080'
            && head.charAt(1) >= 1
            && head.charAt(1) <= 5;
    boolean old =
        head.startsWith("ccopy_reg\n")
            || head.startsWith("ccopyreg\n")
            || head.startsWith("c__builtin__\n")
            || head.startsWith("(dp")
            || head.startsWith("(lp")
            || head.startsWith("(i")
            || head.matches("(?s)c[A-Za-z_][A-Za-z0-9_.]*\\n[A-Za-z_][A-Za-z0-9_.]*\\n[pq(].*");
    return numbered || old ? told("a pickle", CONVERT) : Optional.empty();
  }

  private static Optional<String> boosted(String head) {
    if (head.startsWith("tree\nversion") || head.startsWith("tree\r\nversion")) {
      return told("a LightGBM model", CONVERT);
    }
    if (head.startsWith("{") && head.contains("\"learner\"")) {
      return told("an XGBoost model in JSON", CONVERT);
    }
    if (head.startsWith("{L") && part(head, 64).contains("learner")) {
      return told("an XGBoost model in UBJSON", CONVERT);
    }
    if (head.startsWith("binf")
        || head.contains("reg:squarederror")
        || head.contains("binary:logistic")) {
      return told(
          "an XGBoost model in its old binary form",
          "save it as JSON (Booster.save_model('model.json')) and "
              + CONVERT.replace("FILE", "model.json"));
    }
    return head.startsWith("CBM1") ? told("a CatBoost model", CONVERT) : Optional.empty();
  }

  private static Optional<String> network(String head, String name) {
    if (head.startsWith("\u0089HDF\r\n")) {
      return told("a Keras file", "export it: model.export('model.onnx', format='onnx')");
    }
    if (head.length() >= 8 && head.startsWith("TFL3", 4)) {
      return told("a TensorFlow Lite model", "make ONNX of it: python -m tf2onnx.convert --tflite");
    }
    if (name.endsWith("saved_model.pb")) {
      return told(
          "a TensorFlow SavedModel",
          "make ONNX of its folder: python -m tf2onnx.convert --saved-model");
    }
    if (head.length() > 9 && head.charAt(8) == '{' && part(head, 64).contains("\"dtype\"")) {
      return told("a safetensors file, which has weights and no model", OWN);
    }
    return head.startsWith("GGUF") ? told("a language model in GGUF", OWN) : Optional.empty();
  }

  private static Optional<String> data(String head, String name) {
    if (head.startsWith("PAR1") || head.startsWith("ARROW1")) {
      return told("a table, not a model", "publish the model itself");
    }
    if (head.startsWith("\u0093NUMPY")) {
      return told("a NumPy array, not a model", "publish the model itself");
    }
    if (name.endsWith(".data") || name.endsWith("_data")) {
      return told(
          "the file of weights of an ONNX model",
          "publish the .onnx file beside it, which takes it along");
    }
    return Optional.empty();
  }

  private static Optional<String> text(String head) {
    String start = head.stripLeading();
    if (start.startsWith("<")) {
      return head.contains("<PMML") ? told("a PMML model", OWN) : told("an XML file", OWN);
    }
    if (start.startsWith("{") || start.startsWith("[")) {
      return told("a JSON file", OWN);
    }
    if (start.startsWith("version https://git-lfs.github.com/spec/")) {
      return told("a pointer of Git LFS, not the file itself", "fetch it: git lfs pull");
    }
    if (start.startsWith("flavors:") || start.contains("\nflavors:")) {
      return told("the description of an MLflow model", "publish its folder");
    }
    boolean printable = head.matches("[\\t\\n\\r\\x20-\\x7e\\x80-\\xff]+");
    return printable
        ? told("a text file, not a model", "publish the model itself")
        : Optional.empty();
  }

  private static Optional<String> told(String what, String todo) {
    String not = what.contains("not a model") ? "" : ", not an ONNX model";
    return Optional.of("it is " + what + not + "; " + todo);
  }

  private static String torch() {
    return "export it: torch.onnx.export(model, args, 'model.onnx'), or "
        + CONVERT.replace("make ONNX of it: ", "");
  }

  /** The first bytes of what is compressed; empty when it is not. */
  private static String inflated(ByteBuffer bytes, boolean gzip) {
    byte[] packed = part(bytes, 0, HEAD).getBytes(ISO_8859_1);
    try (InputStream in =
        gzip
            ? new GZIPInputStream(new ByteArrayInputStream(packed))
            : new InflaterInputStream(new ByteArrayInputStream(packed))) {
      return new String(in.readNBytes(64), ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  private static String part(String head, int length) {
    return head.substring(0, Math.min(length, head.length()));
  }

  /** Bytes as characters of the same number. */
  private static String part(ByteBuffer bytes, int from, int length) {
    byte[] part = new byte[Math.min(length, bytes.remaining() - from)];
    bytes.duplicate().position(bytes.position() + from).get(part);
    return new String(part, ISO_8859_1);
  }
}
