package io.manymodels.routing;

import io.manymodels.tensor.Cells;
import java.nio.ByteBuffer;

/** {@link Cells} as bytes: kind, number, contents. Stateless. */
final class CellsCodec {
  private static final byte LONGS = 1;
  private static final byte FLOATS = 2;
  private static final byte DOUBLES = 3;
  private static final byte TEXTS = 4;
  private static final byte TRUTHS = 5;
  private static final byte MIXED = 6;
  private static final byte MIXED_WITH_TEXTS = 7;
  private static final int HEAD = Byte.BYTES + Integer.BYTES;

  private CellsCodec() {}

  /** Bytes that {@link #write} writes. */
  static int size(Cells cells) {
    if (cells instanceof Cells.Texts texts) {
      return HEAD + size(texts.values());
    }
    if (cells instanceof Cells.Mixed mixed) {
      return HEAD + mixed.size() * (Byte.BYTES + Long.BYTES) + size(mixed.texts());
    }
    if (cells instanceof Cells.Truths) {
      return HEAD + cells.size();
    }
    return HEAD + cells.size() * (cells instanceof Cells.Floats ? Float.BYTES : Long.BYTES);
  }

  private static int size(String[] texts) {
    int bytes = 0;
    for (String text : texts) {
      bytes += FrameParts.size(text);
    }
    return bytes;
  }

  static void write(Cells cells, ByteBuffer out) {
    if (cells instanceof Cells.Doubles doubles) {
      head(out, DOUBLES, cells).asDoubleBuffer().put(doubles.values());
      skip(out, doubles.size() * Double.BYTES);
    } else if (cells instanceof Cells.Longs longs) {
      head(out, LONGS, cells).asLongBuffer().put(longs.values());
      skip(out, longs.size() * Long.BYTES);
    } else if (cells instanceof Cells.Floats floats) {
      head(out, FLOATS, cells).asFloatBuffer().put(floats.values());
      skip(out, floats.size() * Float.BYTES);
    } else if (cells instanceof Cells.Texts texts) {
      head(out, TEXTS, cells);
      write(texts.values(), out);
    } else if (cells instanceof Cells.Truths truths) {
      head(out, TRUTHS, cells);
      for (boolean truth : truths.values()) {
        out.put((byte) (truth ? 1 : 0));
      }
    } else if (cells instanceof Cells.Mixed mixed) {
      head(out, mixed.texts().length == 0 ? MIXED : MIXED_WITH_TEXTS, cells).put(mixed.kinds());
      out.asLongBuffer().put(mixed.bits());
      skip(out, mixed.size() * Long.BYTES);
      write(mixed.texts(), out);
    }
  }

  private static ByteBuffer head(ByteBuffer out, byte kind, Cells cells) {
    return out.put(kind).putInt(cells.size());
  }

  private static void skip(ByteBuffer buffer, int bytes) {
    buffer.position(buffer.position() + bytes);
  }

  private static void write(String[] texts, ByteBuffer out) {
    for (String text : texts) {
      FrameParts.putText(out, text);
    }
  }

  static Cells read(ByteBuffer in) {
    byte kind = in.get();
    int size = in.getInt();
    return switch (kind) {
      case DOUBLES -> {
        double[] values = new double[FrameParts.checked(size, 1, in.remaining() / Double.BYTES)];
        in.asDoubleBuffer().get(values);
        skip(in, size * Double.BYTES);
        yield new Cells.Doubles(values);
      }
      case LONGS -> new Cells.Longs(longs(in, size));
      case FLOATS -> {
        float[] values = new float[FrameParts.checked(size, 1, in.remaining() / Float.BYTES)];
        in.asFloatBuffer().get(values);
        skip(in, size * Float.BYTES);
        yield new Cells.Floats(values);
      }
      case TEXTS -> new Cells.Texts(texts(in, size));
      case TRUTHS -> {
        boolean[] values = new boolean[FrameParts.checked(size, 1, in.remaining())];
        for (int i = 0; i < size; i++) {
          values[i] = in.get() != 0;
        }
        yield new Cells.Truths(values);
      }
      case MIXED, MIXED_WITH_TEXTS -> mixed(in, size, kind == MIXED_WITH_TEXTS);
      default -> throw new IllegalArgumentException("unknown kind of cells");
    };
  }

  private static Cells mixed(ByteBuffer in, int size, boolean withTexts) {
    byte[] kinds = new byte[FrameParts.checked(size, 1, in.remaining())];
    in.get(kinds);
    for (byte kind : kinds) {
      Cells.Kind.of(kind);
    }
    long[] bits = longs(in, size);
    return new Cells.Mixed(kinds, bits, withTexts ? texts(in, size) : new String[0]);
  }

  private static long[] longs(ByteBuffer in, int size) {
    long[] values = new long[FrameParts.checked(size, 1, in.remaining() / Long.BYTES)];
    in.asLongBuffer().get(values);
    skip(in, size * Long.BYTES);
    return values;
  }

  private static String[] texts(ByteBuffer in, int size) {
    String[] texts = new String[FrameParts.checked(size, 1, in.remaining() / Integer.BYTES)];
    for (int i = 0; i < size; i++) {
      texts[i] = FrameParts.text(in);
    }
    return texts;
  }
}
