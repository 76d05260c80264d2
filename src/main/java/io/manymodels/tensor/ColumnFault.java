package io.manymodels.tensor;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The faults of rows whose columns, or inputs, go by name. Stateless. */
final class ColumnFault {
  private ColumnFault() {}

  static ServingException of(
      Rows rows,
      Collection<String> unknown,
      Collection<String> missing,
      Collection<String> doubled,
      Signature signature) {
    String place =
        switch (rows.form()) {
          case COLUMNS, FRAME, WRITTEN -> "/columns";
          case RECORDS, FRAME_RECORDS -> "/records/0";
          default -> "/inputs";
        };
    String hint = unknown.isEmpty() ? "" : matrixHint(signature);
    return fault(place, "columns", unknown, missing, doubled, signature.columns(), hint);
  }

  static ServingException ofInputs(
      Rows rows, Collection<String> unknown, Collection<String> missing, Signature signature) {
    List<String> taken = signature.inputs().stream().map(ModelInput::name).toList();
    return fault("/inputs", "inputs", unknown, missing, List.of(), taken, "");
  }

  static ServingException ofDatatype(Rows rows, Block block, ModelInput input) {
    return Mismatch.of(
        rows.pointer(block, 0, 0),
        "the input "
            + SomeNames.quoted(input.name())
            + " takes the datatype "
            + input.datatype()
            + ", got "
            + block.declared());
  }

  /** What helps where a matrix has columns that nobody has named. */
  private static String matrixHint(Signature signature) {
    return signature.inputs().stream().anyMatch(ColumnFault::isMatrixWithoutNames)
        ? "; to give the columns of its matrix names, publish it with --columns"
        : "";
  }

  private static boolean isMatrixWithoutNames(ModelInput input) {
    return input.columns().isEmpty() && input.shape().size() == 2 && input.width() != 1;
  }

  private static ServingException fault(
      String place,
      String what,
      Collection<String> unknown,
      Collection<String> missing,
      Collection<String> doubled,
      List<String> taken,
      String hint) {
    List<String> parts = new ArrayList<>();
    add(parts, "unknown", unknown);
    add(parts, "missing", missing);
    add(parts, "there twice", doubled);
    String detail =
        String.join("; ", parts)
            + "; the model takes the "
            + what
            + " "
            + SomeNames.of(taken)
            + hint;
    return new ServingException(
        ErrorCode.INPUT_MISMATCH,
        "the model does not take these " + what + ": " + detail,
        List.of(new Violation(place, detail)));
  }

  private static void add(List<String> parts, String fault, Collection<String> names) {
    if (!names.isEmpty()) {
      parts.add(fault + ": " + SomeNames.of(names));
    }
  }
}
