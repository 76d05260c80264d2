package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** Reads the elements of tensors, nested or flat. For one document. */
public final class ElementsReader {
  private static final List<String> NO_NAMES = List.of();

  private final CellReader cells;

  /**
   * @param maxValues that all tensors of the document may have together
   */
  public ElementsReader(JsonParser json, int maxValues) {
    this.cells = new CellReader(json, maxValues);
  }

  /**
   * Elements as they were written.
   *
   * @param cells row-major
   * @param dimensions of the lists; immutable by convention
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Elements(Cells cells, int[] dimensions) {}

  /**
   * Reads a tensor.
   *
   * @param token its first, which has been read
   * @param pointer to it, asked only when something is wrong
   * @throws io.manymodels.model.ServingException {@code INVALID_INPUT}, {@code INPUT_MISMATCH} when
   *     lists in it differ in length, {@code PAYLOAD_TOO_LARGE}
   */
  public Elements read(JsonToken token, Supplier<String> pointer) throws IOException {
    CellBuffer buffer = new CellBuffer();
    cells.read(token, buffer, pointer);
    Block block = buffer.block(NO_NAMES, 1);
    return new Elements(ofOneKind(block.cells()), block.shapes().dimensions(0));
  }

  /**
   * The text that was read. Throws {@code INVALID_INPUT} when it has half of a character, which no
   * answer could repeat.
   */
  public String text(Supplier<String> pointer) throws IOException {
    return cells.text(pointer);
  }

  /** Texts, or booleans, alone need no kinds. */
  private static Cells ofOneKind(Cells cells) {
    if (!(cells instanceof Cells.Mixed mixed) || mixed.size() == 0) {
      return cells;
    }
    Kind kind = mixed.kind(0);
    if (kind != Kind.TEXT && kind != Kind.TRUTH && kind != Kind.WHOLE) {
      return cells;
    }
    for (byte each : mixed.kinds()) {
      if (each != kind.code()) {
        return cells;
      }
    }
    return switch (kind) {
      case TEXT -> new Cells.Texts(mixed.texts());
      case WHOLE -> new Cells.Longs(mixed.bits());
      default -> {
        boolean[] truths = new boolean[mixed.size()];
        for (int i = 0; i < truths.length; i++) {
          truths[i] = mixed.bits()[i] != 0;
        }
        yield new Cells.Truths(truths);
      }
    };
  }
}
