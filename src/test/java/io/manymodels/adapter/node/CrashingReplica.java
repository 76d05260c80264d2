package io.manymodels.adapter.node;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;

import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.holding.RunJournal;
import io.manymodels.inference.LoadedModel;
import io.manymodels.json.RowsJson;
import io.manymodels.tensor.Rows;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A process that predicts what it is told to, and waits in another prediction meanwhile. Arguments:
 * the model, and the numbers of the row. With the property {@link #PROC}, its journal looks there
 * instead of in {@code /proc}.
 */
final class CrashingReplica {
  static final String PROC = "io.manymodels.testing.proc";
  static final Rows INNOCENT = Rows.matrix(1, 1, new double[] {42});

  private CrashingReplica() {}

  public static void main(String[] arguments) throws Exception {
    RunJournal journal = journals().open("replica#1");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Thread other =
        new Thread(
            () -> {
              int entry = journal.begin(ref("innocent", 9), INNOCENT);
              begun.countDown();
              try {
                never.await();
              } catch (InterruptedException e) {
                journal.end(entry);
              }
            });
    other.setDaemon(true);
    other.start();
    begun.await();
    journal.end(journal.begin(ref("ended", 1), INNOCENT));
    byte[] bytes = tinyOnnx(arguments[0]);
    ArtifactDescriptor artifact = describe(ref("guilty", 3), bytes);
    LoadedModel model = new OnnxModelLoader().load(artifact, ByteBuffer.wrap(bytes));
    List<String> row = List.of(arguments).subList(1, arguments.length);
    Rows rows = RowsJson.read("{\"data\": [" + row + "]}");
    journal.begin(artifact.ref(), rows);
    System.out.println("predicting");
    model.predict(rows);
  }

  private static NodeRunJournals journals() {
    String proc = System.getProperty(PROC);
    return proc == null
        ? new NodeRunJournals()
        : new NodeRunJournals(
            PrivateFolder.path("many-models-runs"),
            CrashReport.candidates(
                "", Path.of("").toAbsolutePath(), Path.of("/tmp"), ProcessHandle.current().pid()),
            Path.of(proc));
  }
}
