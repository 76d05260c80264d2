package io.manymodels.protocol.tabular;

/** The form of the rows in a member of a body. */
public enum RowsForm {
  /** {@code {"columns": [..], "index": [..], "data": [[..]]}}; only {@code data} must be there. */
  SPLIT,
  /** A list with an object for each row. */
  RECORDS,
  /** A list of rows: objects, lists of cells, or cells. */
  INSTANCES,
  /** A tensor, or an object with a tensor for each input. */
  TENSORS,
  /** As {@link #SPLIT} or as {@link #TENSORS}. */
  SPLIT_OR_TENSORS
}
