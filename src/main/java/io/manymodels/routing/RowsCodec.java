package io.manymodels.routing;

import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link Rows} as bytes. Stateless. */
final class RowsCodec {
  private static final byte FIRST_OUTPUT = 0;
  private static final byte ALL_OUTPUTS = 1;
  private static final byte NAMED_OUTPUTS = 2;

  /** In place of the number of dimensions, when the cells have not all the same. */
  private static final byte EACH = -1;

  /** In place of a datatype. */
  private static final byte UNDECLARED = -1;

  private RowsCodec() {}

  /** Bytes that {@link #write} writes. */
  static int size(Rows rows) {
    int bytes = Byte.BYTES + Integer.BYTES + Byte.BYTES + names(rows.outputs().names());
    // By index, for this is done for each request, and iterators showed in its profile.
    for (int i = 0; i < rows.blocks().size(); i++) {
      Block block = rows.blocks().get(i);
      bytes += Integer.BYTES + Byte.BYTES + names(block.names()) + shapes(block.shapes());
      bytes += CellsCodec.size(block.cells());
    }
    return bytes + Integer.BYTES;
  }

  private static int names(List<String> names) {
    int bytes = Integer.BYTES;
    for (int i = 0; i < names.size(); i++) {
      bytes += FrameParts.size(names.get(i));
    }
    return bytes;
  }

  private static int shapes(CellShapes shapes) {
    if (shapes instanceof CellShapes.Each each) {
      int bytes = Byte.BYTES + Integer.BYTES;
      for (int[] dimensions : each.all()) {
        bytes += Byte.BYTES + Integer.BYTES * dimensions.length;
      }
      return bytes;
    }
    return Byte.BYTES + Integer.BYTES * shapes.dimensions(0).length;
  }

  static void write(Rows rows, ByteBuffer out) {
    out.put(rows.form().code()).putInt(rows.count());
    Outputs outputs = rows.outputs();
    out.put(outputs.all() ? ALL_OUTPUTS : outputs.byName() ? NAMED_OUTPUTS : FIRST_OUTPUT);
    writeNames(outputs.names(), out);
    out.putInt(rows.blocks().size());
    for (int i = 0; i < rows.blocks().size(); i++) {
      Block block = rows.blocks().get(i);
      out.putInt(block.width());
      out.put(block.declared() == null ? UNDECLARED : block.declared().code());
      writeNames(block.names(), out);
      writeShapes(block.shapes(), out);
      CellsCodec.write(block.cells(), out);
    }
  }

  private static void writeNames(List<String> names, ByteBuffer out) {
    out.putInt(names.size());
    for (int i = 0; i < names.size(); i++) {
      FrameParts.putText(out, names.get(i));
    }
  }

  private static void writeShapes(CellShapes shapes, ByteBuffer out) {
    if (shapes instanceof CellShapes.Each each) {
      out.put(EACH).putInt(each.all().length);
      for (int[] dimensions : each.all()) {
        write(dimensions, out);
      }
    } else {
      write(shapes.dimensions(0), out);
    }
  }

  private static void write(int[] dimensions, ByteBuffer out) {
    out.put((byte) dimensions.length);
    for (int dimension : dimensions) {
      out.putInt(dimension);
    }
  }

  static Rows read(ByteBuffer in) {
    Rows.Form form = Rows.Form.of(in.get());
    int count = in.getInt();
    boolean all = in.get() == ALL_OUTPUTS;
    List<String> names = readNames(in);
    Outputs outputs =
        all ? Outputs.ALL : names.isEmpty() ? Outputs.FIRST : new Outputs(false, names);
    List<Block> blocks = readBlocks(in);
    try {
      return new Rows(form, count, blocks, outputs);
    } catch (ArithmeticException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a frame holds rows of another size", e);
    }
  }

  private static List<Block> readBlocks(ByteBuffer in) {
    int size = FrameParts.checked(in.getInt(), 1, in.remaining());
    if (size == 1) {
      return List.of(readBlock(in));
    }
    List<Block> blocks = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      blocks.add(readBlock(in));
    }
    return blocks;
  }

  private static Block readBlock(ByteBuffer in) {
    int width = in.getInt();
    byte code = in.get();
    @Nullable Datatype declared = code == UNDECLARED ? null : Datatype.of(code);
    List<String> columns = readNames(in);
    CellShapes shapes = readShapes(in);
    return new Block(columns, width, CellsCodec.read(in), shapes, declared);
  }

  private static List<String> readNames(ByteBuffer in) {
    int size = FrameParts.checked(in.getInt(), 1, in.remaining() / Integer.BYTES);
    if (size == 0) {
      return List.of();
    }
    List<String> names = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      names.add(FrameParts.text(in));
    }
    return names;
  }

  private static CellShapes readShapes(ByteBuffer in) {
    byte rank = in.get();
    if (rank != EACH) {
      return CellShapes.uniform(read(rank, in));
    }
    int[][] all = new int[FrameParts.checked(in.getInt(), 1, in.remaining())][];
    for (int i = 0; i < all.length; i++) {
      all[i] = read(in.get(), in);
    }
    try {
      return CellShapes.of(all);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("a frame holds a cell that is too large", e);
    }
  }

  private static int[] read(byte rank, ByteBuffer in) {
    int[] dimensions = new int[FrameParts.checked(rank, 1, in.remaining() / Integer.BYTES)];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = in.getInt();
      FrameParts.expect(dimensions[i] >= 0);
    }
    return dimensions;
  }
}
