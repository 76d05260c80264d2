package io.manymodels.calls;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.stats.ModelCost;
import io.manymodels.tensor.Prediction;
import io.manymodels.transport.ControlMethods;
import io.manymodels.transport.Endpoint;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.PredictServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/** The product's own transport, with a predictor that knows the answer. */
final class OwnEcho implements Echoing {
  private final EventLoops loops = EventLoops.start("bench-server");
  private final PredictServer server;

  /** Writes its token and its socket's name where {@link OwnCaller} reads it. */
  OwnEcho() {
    server =
        PredictServer.start(
            "127.0.0.1",
            loops,
            (request, answer) ->
                answer.accept(
                    new Predicted(
                        new ModelRef(request.tenant(), new ModelVersion(1)),
                        Prediction.of(new long[] {1}, 1),
                        false,
                        new ModelCost(1, 1))),
            ControlMethods.NONE,
            Optional.empty());
    try {
      Endpoint endpoint = server.endpoint();
      Files.write(OwnCaller.tokenFile(port()), List.of(endpoint.token(), endpoint.socket()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int port() {
    return server.endpoint().port();
  }

  @Override
  public void close() {
    server.close();
    loops.close();
  }
}
