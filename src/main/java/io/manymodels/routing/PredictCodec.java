package io.manymodels.routing;

import io.manymodels.inference.FeatureRows;
import io.manymodels.inference.Prediction;
import io.manymodels.inference.Prediction.Doubles;
import io.manymodels.inference.Prediction.Floats;
import io.manymodels.inference.Prediction.Integers;
import io.manymodels.inference.Prediction.Texts;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.stats.ModelCost;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link PredictRequest} and {@link PredictReply} as bytes: big-endian, lengths before contents, a
 * leading byte that names the layout. Only replicas of one build talk to each other, so a frame of
 * another layout is a defect and throws {@link IllegalArgumentException}. Stateless.
 */
public final class PredictCodec {
  private static final byte REQUEST = 0x12;
  private static final byte PREDICTED = 0x21;
  private static final byte NOT_HERE = 0x22;
  private static final byte FAILED = 0x23;
  private static final byte INTEGERS = 1;
  private static final byte FLOATS = 2;
  private static final byte DOUBLES = 3;
  private static final byte TEXTS = 4;

  /** In a request that any version may answer. */
  private static final long NO_VERSION = 0;

  private PredictCodec() {}

  public static byte[] encode(PredictRequest request) {
    ByteBuffer out = ByteBuffer.allocate(size(request));
    write(request, out);
    return out.array();
  }

  /** Bytes that {@link #write(PredictRequest, ByteBuffer)} writes. */
  public static int size(PredictRequest request) {
    // A name has one byte a character.
    return 1
        + 8
        + 8
        + 4
        + request.tenant().value().length()
        + 8
        + 8 * request.rows().values().length;
  }

  /** Writes at the buffer's position. */
  public static void write(PredictRequest request, ByteBuffer out) {
    double[] values = request.rows().values();
    out.put(REQUEST).putLong(request.timeoutMillis());
    out.putLong(request.refusing().map(ModelVersion::number).orElse(NO_VERSION));
    putBytes(out, request.tenant().value().getBytes(StandardCharsets.ISO_8859_1));
    out.putInt(request.rows().rowCount()).putInt(request.rows().width());
    for (double value : values) {
      out.putDouble(value);
    }
  }

  public static PredictRequest decodeRequest(byte[] frame) {
    return decodeRequest(ByteBuffer.wrap(frame));
  }

  /** Reads from the buffer's position on. */
  public static PredictRequest decodeRequest(ByteBuffer frame) {
    return decode(
        frame,
        in -> {
          expect(in.get() == REQUEST);
          long timeoutMillis = in.getLong();
          long refusing = in.getLong();
          TenantId tenant = new TenantId(text(in));
          int rowCount = in.getInt();
          int width = in.getInt();
          double[] values = new double[checked(rowCount, width, in.remaining() / Double.BYTES)];
          for (int i = 0; i < values.length; i++) {
            values[i] = in.getDouble();
          }
          return new PredictRequest(
              tenant,
              new FeatureRows(rowCount, width, values),
              timeoutMillis,
              refusing == NO_VERSION ? Optional.empty() : Optional.of(new ModelVersion(refusing)));
        });
  }

  public static byte[] encode(PredictReply reply) {
    return frame(reply).array();
  }

  public static PredictReply decodeReply(byte[] frame) {
    return decodeReply(ByteBuffer.wrap(frame));
  }

  /** Reads from the buffer's position on. */
  public static PredictReply decodeReply(ByteBuffer frame) {
    return decode(
        frame,
        in ->
            switch (in.get()) {
              case PREDICTED -> decodePredicted(in);
              case NOT_HERE -> new NotHere();
              case FAILED -> decodeFailed(in);
              default -> throw new IllegalArgumentException("unknown kind of reply");
            });
  }

  /** The reply as a buffer whose array is filled exactly. */
  private static ByteBuffer frame(PredictReply reply) {
    if (reply instanceof Predicted predicted) {
      return encodePredicted(predicted);
    }
    if (reply instanceof Failed failed) {
      return encodeFailed(failed);
    }
    return ByteBuffer.wrap(new byte[] {NOT_HERE});
  }

  private static ByteBuffer encodePredicted(Predicted predicted) {
    Prediction prediction = predicted.prediction();
    List<byte[]> texts =
        prediction instanceof Texts t
            ? t.values().stream().map(PredictCodec::utf8).toList()
            : List.of();
    byte[] tenant = predicted.ref().tenant().value().getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer out =
        ByteBuffer.allocate(1 + 4 + tenant.length + 34 + contentBytes(prediction, texts));
    out.put(PREDICTED);
    putBytes(out, tenant);
    out.putLong(predicted.ref().version().number());
    out.put((byte) (predicted.waited() ? 1 : 0));
    out.putLong(predicted.cost().weightBytes()).putLong(predicted.cost().loadMicros());
    if (prediction instanceof Integers p) {
      putHead(out, INTEGERS, p);
      out.asLongBuffer().put(p.values());
    } else if (prediction instanceof Floats p) {
      putHead(out, FLOATS, p);
      out.asFloatBuffer().put(p.values());
    } else if (prediction instanceof Doubles p) {
      putHead(out, DOUBLES, p);
      out.asDoubleBuffer().put(p.values());
    } else {
      putHead(out, TEXTS, prediction);
      texts.forEach(text -> putBytes(out, text));
    }
    return out;
  }

  private static int contentBytes(Prediction prediction, List<byte[]> texts) {
    if (prediction instanceof Texts) {
      return texts.stream().mapToInt(text -> 4 + text.length).sum();
    }
    return prediction.size() * (prediction instanceof Floats ? Float.BYTES : Double.BYTES);
  }

  private static void putHead(ByteBuffer out, byte kind, Prediction prediction) {
    out.put(kind).putInt(prediction.columns()).putInt(prediction.size());
  }

  private static Predicted decodePredicted(ByteBuffer in) {
    TenantId tenant = new TenantId(text(in));
    ModelRef ref = new ModelRef(tenant, new ModelVersion(in.getLong()));
    boolean waited = in.get() == 1;
    ModelCost cost = new ModelCost(in.getLong(), in.getLong());
    byte kind = in.get();
    int columns = in.getInt();
    int size = in.getInt();
    return new Predicted(ref, decodePrediction(in, kind, columns, size), waited, cost);
  }

  private static Prediction decodePrediction(ByteBuffer in, byte kind, int columns, int size) {
    switch (kind) {
      case INTEGERS -> {
        long[] values = new long[checked(size, 1, in.remaining() / Long.BYTES)];
        in.asLongBuffer().get(values);
        return new Integers(values, columns);
      }
      case FLOATS -> {
        float[] values = new float[checked(size, 1, in.remaining() / Float.BYTES)];
        in.asFloatBuffer().get(values);
        return new Floats(values, columns);
      }
      case DOUBLES -> {
        double[] values = new double[checked(size, 1, in.remaining() / Double.BYTES)];
        in.asDoubleBuffer().get(values);
        return new Doubles(values, columns);
      }
      case TEXTS -> {
        checked(size, 1, in.remaining() / Integer.BYTES);
        List<String> values = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
          values.add(text(in));
        }
        return new Texts(values, columns);
      }
      default -> throw new IllegalArgumentException("unknown kind of prediction");
    }
  }

  private static ByteBuffer encodeFailed(Failed failed) {
    List<byte[]> texts = new ArrayList<>();
    texts.add(utf8(failed.code().name()));
    texts.add(utf8(failed.detail()));
    for (Violation violation : failed.violations()) {
      texts.add(utf8(violation.pointer()));
      texts.add(utf8(violation.detail()));
    }
    ByteBuffer out =
        ByteBuffer.allocate(1 + 4 + texts.stream().mapToInt(text -> 4 + text.length).sum());
    out.put(FAILED).putInt(failed.violations().size());
    texts.forEach(text -> putBytes(out, text));
    return out;
  }

  private static Failed decodeFailed(ByteBuffer in) {
    int count = checked(in.getInt(), 1, in.remaining() / Long.BYTES);
    ErrorCode code = ErrorCode.valueOf(text(in));
    String detail = text(in);
    List<Violation> violations = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      violations.add(new Violation(text(in), text(in)));
    }
    return new Failed(code, detail, violations);
  }

  private interface Decoder<T> {
    T decode(ByteBuffer in);
  }

  private static <T> T decode(ByteBuffer frame, Decoder<T> decoder) {
    try {
      return decoder.decode(frame);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a frame ends too early", e);
    }
  }

  private static int checked(int count, int width, int available) {
    expect(count >= 0 && width >= 0 && (long) count * width <= available);
    return count * width;
  }

  private static void expect(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException("a frame is not of the expected layout");
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void putBytes(ByteBuffer out, byte[] bytes) {
    out.putInt(bytes.length).put(bytes);
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[checked(in.getInt(), 1, in.remaining())];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
