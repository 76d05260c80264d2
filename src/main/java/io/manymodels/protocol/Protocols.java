package io.manymodels.protocol;

import io.manymodels.application.ServedModels;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.http.Door;
import io.manymodels.protocol.azureml.AzureMlDoor;
import io.manymodels.protocol.console.ConsoleDoor;
import io.manymodels.protocol.mlflow.MlflowDoor;
import io.manymodels.protocol.openapi.OpenApiDoor;
import io.manymodels.protocol.v1.V1Door;
import io.manymodels.protocol.v2.V2Door;
import io.manymodels.protocol.v2.V2Models;
import java.util.List;

/** The protocols over HTTP beside our own, the document of all, and the page. Stateless. */
public final class Protocols {
  private Protocols() {}

  /** V2 without its carriers, which HTTP and gRPC share. */
  public static V2Models v2(ServedModels models, Environment environment) {
    boolean anyName = environment.required(Setting.INPUT_NAMES).equals("any");
    return new V2Models(models, anyName);
  }

  /** A door for each, in the order in which they are asked whether a path is theirs. */
  public static List<Door> doors(ServedModels models, V2Models v2) {
    return List.of(
        new V2Door(v2),
        new V1Door(models),
        new MlflowDoor(models),
        new AzureMlDoor(models),
        new OpenApiDoor(),
        new ConsoleDoor());
  }
}
