package io.manymodels.tensor;

import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * One input of a model.
 *
 * @param name in the model
 * @param datatype of its elements
 * @param shape its dimensions, the first of which is the row; {@link Signature#FREE} where any size
 *     is taken; empty for a scalar
 * @param columns the names of the columns of a matrix, as many as it is wide; empty when they have
 *     none. An input of one column without a name here has the column of its own name.
 * @param missing by column, what stands for a missing value where the datatype has none of its own:
 *     a text, or a number or boolean as JSON writes it
 * @param optional whether it may be left out, because the model holds a default
 * @param orWider whether the width of a matrix is only that of the columns that the model looks at,
 *     because the file does not declare one: its publisher may name more
 */
public record ModelInput(
    String name,
    Datatype datatype,
    List<Long> shape,
    List<String> columns,
    Map<String, String> missing,
    boolean optional,
    boolean orWider) {

  /** Throws {@link IllegalArgumentException} when the columns do not fit the shape. */
  public ModelInput {
    shape = List.copyOf(shape);
    columns = List.copyOf(columns);
    missing = Map.copyOf(missing);
    Signature.checkShape(name, shape);
    if (!columns.isEmpty()) {
      if (shape.size() > 2) {
        throw new IllegalArgumentException(
            "input '"
                + name
                + "' has "
                + shape.size()
                + " dimensions, so its columns have no names");
      }
      long width = shape.size() < 2 ? 1 : shape.get(1);
      if (width != Signature.FREE && width != columns.size()) {
        throw new IllegalArgumentException(
            "input '" + name + "' takes " + width + " columns, not " + columns.size());
      }
      if (new HashSet<>(columns).size() != columns.size()) {
        throw new IllegalArgumentException("input '" + name + "' names a column twice");
      }
    }
  }

  /** An input whose width is what is declared. */
  public ModelInput(
      String name,
      Datatype datatype,
      List<Long> shape,
      List<String> columns,
      Map<String, String> missing,
      boolean optional) {
    this(name, datatype, shape, columns, missing, optional, false);
  }

  /** A required input whose columns have no names. */
  public ModelInput(String name, Datatype datatype, List<Long> shape) {
    this(name, datatype, shape, List.of(), Map.of(), false);
  }

  /** Whether a matrix may have names for so many columns. */
  public boolean takesColumns(int count) {
    return width() == Signature.FREE || width() == count || (orWider && width() < count);
  }

  /** The cells of a row that a matrix or list takes; {@link Signature#FREE} when any number. */
  public long width() {
    return shape.size() < 2 ? 1 : shape.get(1);
  }

  /**
   * The names by which its columns are sent: those of {@link #columns}, else its own name, which
   * stands for the only column or for a row of the whole input.
   */
  public List<String> columnNames() {
    return columns.isEmpty() ? List.of(name) : columns;
  }

  /** The same input with so many columns, where it may be as wide. */
  public ModelInput asWideAs(long count) {
    return orWider && width() < count
        ? new ModelInput(name, datatype, List.of(shape.get(0), count), columns, missing, optional)
        : this;
  }

  /** The same input with names for its columns; with more of them, where it may be wider. */
  public ModelInput withColumns(List<String> names) {
    List<Long> named = asWideAs(names.size()).shape();
    return new ModelInput(name, datatype, named, names, missing, optional);
  }

  /** The same input with substitutes for missing values. */
  public ModelInput withMissing(Map<String, String> substitutes) {
    return new ModelInput(name, datatype, shape, columns, substitutes, optional, orWider);
  }
}
