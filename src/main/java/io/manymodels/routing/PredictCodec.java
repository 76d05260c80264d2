package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.stats.ModelCost;
import io.manymodels.tensor.Rows;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link PredictRequest} and {@link PredictReply} as bytes: big-endian, lengths before contents, a
 * leading byte that names the layout. Only replicas of one build talk to each other, so a frame of
 * another layout is a defect and throws {@link IllegalArgumentException}. What follows a request is
 * passed over, and so is for builds that know more: so far {@link SpanCodec}'s. Stateless.
 */
public final class PredictCodec {
  private static final byte REQUEST = 0x13;
  private static final byte PREDICTED = 0x24;
  private static final byte NOT_HERE = 0x22;
  private static final byte FAILED = 0x23;

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
        + RowsCodec.size(request.rows())
        + SpanCodec.size(request.span());
  }

  /** Writes at the buffer's position. */
  public static void write(PredictRequest request, ByteBuffer out) {
    out.put(REQUEST).putLong(request.timeoutMillis());
    out.putLong(request.refusing().map(ModelVersion::number).orElse(NO_VERSION));
    FrameParts.putBytes(out, request.tenant().value().getBytes(StandardCharsets.ISO_8859_1));
    RowsCodec.write(request.rows(), out);
    SpanCodec.write(request.span(), out);
  }

  public static PredictRequest decodeRequest(byte[] frame) {
    return decodeRequest(ByteBuffer.wrap(frame));
  }

  /** Reads from the buffer's position on. */
  public static PredictRequest decodeRequest(ByteBuffer frame) {
    return decode(
        frame,
        in -> {
          FrameParts.expect(in.get() == REQUEST);
          long timeoutMillis = in.getLong();
          long refusing = in.getLong();
          TenantId tenant = new TenantId(FrameParts.text(in));
          Rows rows = RowsCodec.read(in);
          return new PredictRequest(
              tenant,
              rows,
              timeoutMillis,
              refusing == NO_VERSION ? Optional.empty() : Optional.of(new ModelVersion(refusing)),
              SpanCodec.read(in));
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
    byte[] tenant = predicted.ref().tenant().value().getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer out =
        ByteBuffer.allocate(
            1 + 4 + tenant.length + 25 + PredictionCodec.size(predicted.prediction()));
    out.put(PREDICTED);
    FrameParts.putBytes(out, tenant);
    out.putLong(predicted.ref().version().number());
    out.put((byte) (predicted.waited() ? 1 : 0));
    out.putLong(predicted.cost().weightBytes()).putLong(predicted.cost().loadMicros());
    PredictionCodec.write(predicted.prediction(), out);
    return out;
  }

  private static Predicted decodePredicted(ByteBuffer in) {
    TenantId tenant = new TenantId(FrameParts.text(in));
    ModelRef ref = new ModelRef(tenant, new ModelVersion(in.getLong()));
    boolean waited = in.get() == 1;
    ModelCost cost = new ModelCost(in.getLong(), in.getLong());
    return new Predicted(ref, PredictionCodec.read(in), waited, cost);
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
    texts.forEach(text -> FrameParts.putBytes(out, text));
    return out;
  }

  private static Failed decodeFailed(ByteBuffer in) {
    int count = FrameParts.checked(in.getInt(), 1, in.remaining() / Long.BYTES);
    ErrorCode code = ErrorCode.valueOf(FrameParts.text(in));
    String detail = FrameParts.text(in);
    List<Violation> violations = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      violations.add(new Violation(FrameParts.text(in), FrameParts.text(in)));
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

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
