package io.manymodels.protocol;

import io.manymodels.application.ServedModels;
import io.manymodels.http.Door;
import io.manymodels.protocol.v2.V2Door;
import io.manymodels.protocol.v2.V2Models;
import java.util.List;

/** The protocols over HTTP beside our own. Stateless. */
public final class Protocols {
  private Protocols() {}

  /** A door for each, in the order in which they are asked whether a path is theirs. */
  public static List<Door> doors(ServedModels models) {
    return List.of(new V2Door(new V2Models(models, false)));
  }
}
