package io.manymodels.tensor;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.InputRows.Target;
import io.manymodels.tensor.Rows.Form;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which cells of a request go to which input of a model. Made once for a model; immutable.
 *
 * <p>By position, the cells of a row go to the inputs in the model's order: as many as a matrix is
 * wide, else one. By name, each column goes where its name is; a matrix whose columns have no
 * names, and a tensor of more dimensions, are one column of the input's own name.
 */
public final class Binding {
  private final Signature signature;
  private final List<Target> all = new ArrayList<>();
  private final List<Target> required = new ArrayList<>();
  private final Map<String, Target> byName = new HashMap<>();

  /** The columns by name, each with its input and its place in it. */
  private final Map<String, Place> places = new LinkedHashMap<>();

  /** A column: the number of the input, and the position in it; -1 when it is the whole input. */
  private record Place(int input, int position) {}

  /** Throws {@link IllegalArgumentException} when a substitute is none of its input's datatype. */
  public Binding(Signature signature) {
    this.signature = signature;
    for (ModelInput input : signature.inputs()) {
      Target target = new Target(all.size(), input);
      byName.put(input.name(), target);
      if (!input.optional()) {
        required.add(target);
      }
      if (input.columns().isEmpty()) {
        places.put(input.name(), new Place(all.size(), -1));
      }
      for (int i = 0; i < input.columns().size(); i++) {
        places.put(input.columns().get(i), new Place(all.size(), i));
      }
      all.add(target);
    }
  }

  public Signature signature() {
    return signature;
  }

  /**
   * The rows of each input, in the signature's order; null for an optional one that is left out.
   *
   * @throws ServingException {@code INPUT_MISMATCH} when the rows are none that the model takes,
   *     {@code INVALID_INPUT} when something of another kind stands in them
   */
  public List<@Nullable InputRows> bind(Rows rows) {
    return switch (rows.form()) {
      case DATA, BARE_DATA, RAGGED_DATA -> byPosition(rows);
      case COLUMNS, RECORDS -> byColumn(rows);
      case FRAME, FRAME_RECORDS, WRITTEN -> hasNames(rows) ? byColumn(rows) : byPosition(rows);
      case INPUTS -> byInput(rows);
      case ANY_INPUT -> anyInput(rows);
    };
  }

  /** Whether the columns of a frame have names that say something to this model. */
  private boolean hasNames(Rows rows) {
    List<Target> targets = required.isEmpty() ? all : required;
    ModelInput first = targets.get(0).input();
    return targets.size() != 1
        || !first.columns().isEmpty()
        || first.shape().size() > 2
        || rows.blocks().get(0).names().equals(List.of(first.name()));
  }

  private List<@Nullable InputRows> byPosition(Rows rows) {
    Block block = rows.blocks().get(0);
    boolean everything =
        required.isEmpty() || (rows.form() == Form.DATA && block.width() == cells(all));
    List<Target> targets = everything ? all : required;
    List<@Nullable InputRows> found = nothing();
    if (targets.size() == 1) {
      found.set(targets.get(0).position(), only(targets.get(0), rows, block));
      return found;
    }
    if (rows.form() != Form.DATA) {
      throw PositionFault.of(rows, targets);
    }
    if (block.width() == targets.size()) {
      // A cell for each input, which may be a list.
      for (int i = 0; i < targets.size(); i++) {
        found.set(targets.get(i).position(), InputRows.ofCell(targets.get(i), rows, block, i));
      }
      return found;
    }
    spread(targets, rows, block, found);
    return found;
  }

  /** Gives each input as many cells as it is wide. */
  private void spread(
      List<Target> targets, Rows rows, Block block, List<@Nullable InputRows> found) {
    if (cells(targets) != block.width()) {
      throw PositionFault.of(rows, targets);
    }
    int next = 0;
    for (Target target : targets) {
      int width = Math.toIntExact(cells(target.input()));
      found.set(
          target.position(),
          target.input().shape().size() > 2
              ? InputRows.ofCell(target, rows, block, next)
              : InputRows.ofColumns(target, rows, block, range(next, width)));
      next += width;
    }
  }

  private static int[] range(int first, int length) {
    int[] range = new int[length];
    for (int i = 0; i < length; i++) {
      range[i] = first + i;
    }
    return range;
  }

  /** Cells of a row by position; -1 when an input among them takes any number. */
  private static long cells(List<Target> targets) {
    long cells = 0;
    for (Target target : targets) {
      long width = cells(target.input());
      if (width == Signature.FREE) {
        return Signature.FREE;
      }
      cells += width;
    }
    return cells;
  }

  private static long cells(ModelInput input) {
    return input.shape().size() == 2 ? input.width() : 1;
  }

  private static InputRows only(Target target, Rows rows, Block block) {
    int rank = target.input().shape().size();
    return switch (rows.form()) {
      case BARE_DATA -> {
        if (rank > 1) {
          throw PositionFault.bare(rows, target.input());
        }
        yield InputRows.ofCell(target, rows, block, 0);
      }
      case RAGGED_DATA -> InputRows.ofCell(target, rows, block, 0);
      default -> {
        if (rank > 2) {
          yield InputRows.ofAllCells(target, rows, block);
        }
        long width = cells(target.input());
        if (width == Signature.FREE ? block.width() == 0 : width != block.width()) {
          throw PositionFault.width(rows, target.input(), block.width());
        }
        yield InputRows.ofColumns(target, rows, block, range(0, block.width()));
      }
    };
  }

  private List<@Nullable InputRows> byColumn(Rows rows) {
    Block block = rows.blocks().get(0);
    int[][] columns = new int[all.size()][];
    Set<String> missing = new LinkedHashSet<>(places.keySet());
    Set<String> unknown = new LinkedHashSet<>();
    Set<String> doubled = new LinkedHashSet<>();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < block.width(); i++) {
      String name = block.names().get(i);
      Place place = places.get(name);
      if (!seen.add(name)) {
        doubled.add(name);
      } else if (place == null) {
        unknown.add(name);
      } else {
        missing.remove(name);
        int size = Math.max(1, all.get(place.input()).input().columns().size());
        if (columns[place.input()] == null) {
          columns[place.input()] = new int[size];
        }
        columns[place.input()][Math.max(0, place.position())] = i;
      }
    }
    missing.removeIf(name -> mayBeLeftOut(name, columns));
    if (!unknown.isEmpty() || !missing.isEmpty() || !doubled.isEmpty()) {
      throw ColumnFault.of(rows, unknown, missing, doubled, signature);
    }
    List<@Nullable InputRows> found = nothing();
    for (int i = 0; i < columns.length; i++) {
      if (columns[i] != null) {
        Target target = all.get(i);
        found.set(
            i,
            target.input().columns().isEmpty()
                ? InputRows.ofCell(target, rows, block, columns[i][0])
                : InputRows.ofColumns(target, rows, block, columns[i]));
      }
    }
    return found;
  }

  /** An optional input may be left out, but not in part. */
  private boolean mayBeLeftOut(String column, int[][] columns) {
    Place place = places.get(column);
    return place != null
        && all.get(place.input()).input().optional()
        && columns[place.input()] == null;
  }

  private List<@Nullable InputRows> anyInput(Rows rows) {
    List<Target> targets = required.isEmpty() ? all : required;
    Block block = rows.blocks().get(0);
    if (targets.size() != 1 || places.containsKey(block.names().get(0))) {
      return byInput(rows);
    }
    List<@Nullable InputRows> found = nothing();
    found.set(targets.get(0).position(), ofBlock(targets.get(0), rows, block));
    return found;
  }

  private static InputRows ofBlock(Target target, Rows rows, Block block) {
    if (block.declared() != null && block.declared() != target.input().datatype()) {
      throw ColumnFault.ofDatatype(rows, block, target.input());
    }
    return InputRows.ofCell(target, rows, block, 0);
  }

  private List<@Nullable InputRows> byInput(Rows rows) {
    if (InputColumns.areColumns(rows, byName.keySet(), places.keySet())) {
      return byColumn(InputColumns.merged(rows));
    }
    List<@Nullable InputRows> found = nothing();
    Set<String> unknown = new LinkedHashSet<>();
    Set<String> missing = new LinkedHashSet<>();
    required.forEach(target -> missing.add(target.input().name()));
    for (Block block : rows.blocks()) {
      String name = block.names().get(0);
      Target target = byName.get(name);
      missing.remove(name);
      if (target == null) {
        unknown.add(name);
      } else {
        found.set(target.position(), ofBlock(target, rows, block));
      }
    }
    if (!unknown.isEmpty() || !missing.isEmpty()) {
      throw ColumnFault.ofInputs(rows, unknown, missing, signature);
    }
    return found;
  }

  private List<@Nullable InputRows> nothing() {
    List<@Nullable InputRows> found = new ArrayList<>(all.size());
    for (int i = 0; i < all.size(); i++) {
      found.add(null);
    }
    return found;
  }
}
