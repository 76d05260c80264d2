package io.manymodels.protocol;

import io.manymodels.application.ServedModels;
import io.manymodels.http.Door;
import java.util.List;

/** The protocols over HTTP beside our own. Stateless. */
public final class Protocols {
  private Protocols() {}

  /** A door for each, in the order in which they are asked whether a path is theirs. */
  public static List<Door> doors(ServedModels models) {
    return List.of();
  }
}
