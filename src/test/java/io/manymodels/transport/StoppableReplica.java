package io.manymodels.transport;

import static io.manymodels.testing.Tenants.tenant;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Prediction;
import io.manymodels.testing.Requests;
import io.manymodels.testing.Values;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A process that predicts for others, and can be stopped as a whole. It answers everybody at once,
 * except tenant 1: those are answered when tenant 2 asks. Ends with its input.
 */
final class StoppableReplica {
  private static final List<Runnable> HELD = new CopyOnWriteArrayList<>();

  private StoppableReplica() {}

  public static void main(String[] args) throws IOException {
    try (EventLoops loops = EventLoops.start("stoppable");
        PredictServer server =
            PredictServer.start(
                "127.0.0.1",
                loops,
                StoppableReplica::predict,
                ControlMethods.NONE,
                Optional.empty())) {
      Endpoint at = server.endpoint();
      System.out.println(at.host() + " " + at.port() + " " + at.token() + " " + at.socket() + ".");
      System.in.readAllBytes();
    }
  }

  /** What {@link #main} has printed. */
  static Endpoint endpoint(String line) {
    String[] words = line.substring(0, line.length() - 1).split(" ", -1);
    return new Endpoint(words[0], Integer.parseInt(words[1]), words[2], false, words[3]);
  }

  private static void predict(PredictRequest request, Consumer<PredictReply> answer) {
    if (request.tenant().equals(tenant(1))) {
      HELD.add(() -> echo(request, answer));
      return;
    }
    if (request.tenant().equals(tenant(2))) {
      HELD.forEach(Runnable::run);
      HELD.clear();
    }
    echo(request, answer);
  }

  /** Answers with the numbers that it was asked with, for the tenant that asked. */
  static void echo(PredictRequest request, Consumer<PredictReply> answer) {
    answer.accept(
        new Predicted(
            new ModelRef(request.tenant(), new ModelVersion(1)),
            Prediction.of(Values.numbers(request.rows()), Values.width(request.rows())),
            false,
            Requests.COST));
  }
}
