package io.manymodels.tensor;

/** A hash of rows; see {@link Rows#fingerprint}. */
final class Fingerprint {
  private static final long FACTOR = 0xBF58476D1CE4E5B9L;

  private long hash;

  private Fingerprint(long seed) {
    this.hash = seed;
  }

  static long of(Rows rows) {
    Fingerprint fingerprint = new Fingerprint(0x9E3779B97F4A7C15L * rows.count());
    fingerprint.fold(rows.form().code());
    // By index, for this is done for each request, and iterators showed in its profile.
    for (int i = 0; i < rows.blocks().size(); i++) {
      fingerprint.fold(rows.blocks().get(i));
    }
    return fingerprint.hash;
  }

  private void fold(Block block) {
    fold(block.width());
    for (int i = 0; i < block.names().size(); i++) {
      fold(block.names().get(i).hashCode());
    }
    if (block.shapes() instanceof CellShapes.Each each) {
      for (int[] dimensions : each.all()) {
        fold(dimensions);
      }
    } else {
      fold(block.shapes().dimensions(0));
    }
    Cells cells = block.cells();
    if (cells instanceof Cells.Doubles doubles) {
      for (double value : doubles.values()) {
        fold(Double.doubleToRawLongBits(value));
      }
    } else if (cells instanceof Cells.Mixed mixed) {
      fold(mixed);
    } else {
      for (int i = 0; i < cells.size(); i++) {
        fold(Double.doubleToRawLongBits(cells.number(i)));
        fold(cells instanceof Cells.Texts texts ? texts.values()[i].hashCode() : 0);
      }
    }
  }

  private void fold(Cells.Mixed mixed) {
    for (int i = 0; i < mixed.size(); i++) {
      fold(mixed.kinds()[i]);
      fold(
          mixed.texts().length == 0
              ? mixed.bits()[i]
              : mixed.bits()[i] ^ mixed.texts()[i].hashCode());
    }
  }

  private void fold(int[] dimensions) {
    for (int dimension : dimensions) {
      fold(dimension);
    }
  }

  private void fold(long bits) {
    hash = (hash ^ bits) * FACTOR;
    hash ^= hash >>> 32;
  }
}
