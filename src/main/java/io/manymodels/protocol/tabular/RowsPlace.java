package io.manymodels.protocol.tabular;

import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.SomeNames;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the rows stand in a body. Those that read and bind rows name their places as those of a
 * {@code POST /score}: {@code /data/3/1}, {@code /inputs/age/3}; a client is told the places in the
 * body that it sent.
 *
 * @param member the pointer to the member that holds the rows, as {@code /instances}; empty when
 *     there is none, and nothing is to be told otherwise
 * @param isSplit whether the member has {@code data} and {@code columns} in it, unless it has
 *     tensors by name; else it stands in place of them
 */
public record RowsPlace(String member, boolean isSplit) {
  /** Of rows that are not in a document with members. */
  public static final RowsPlace NONE = new RowsPlace("", false);

  private static final List<String> ROOTS = List.of("/data", "/columns", "/records", "/inputs");

  /** The same failure, as it is told to the client that sent the body. */
  public ServingException told(ServingException e) {
    if (member.isEmpty() || e.violations().isEmpty()) {
      return e;
    }
    String message = String.valueOf(e.getMessage());
    List<Violation> violations = new ArrayList<>();
    for (Violation violation : e.violations()) {
      String pointer = told(violation.pointer());
      violations.add(new Violation(pointer, violation.detail()));
      message = message.replace(SomeNames.pointer(violation.pointer()), SomeNames.pointer(pointer));
    }
    return new ServingException(e.code(), message, violations);
  }

  private String told(String pointer) {
    for (String root : ROOTS) {
      if (pointer.equals(root) || pointer.startsWith(root + "/")) {
        boolean isNested = isSplit && !root.equals("/inputs");
        return member + (isNested ? pointer : pointer.substring(root.length()));
      }
    }
    return pointer;
  }
}
