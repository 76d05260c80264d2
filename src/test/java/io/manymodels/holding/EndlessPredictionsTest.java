package io.manymodels.holding;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.loading.SharedModel;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Eventually;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that would keep a real model busy for ever. */
class EndlessPredictionsTest {
  private static final PredictionTimes TIMES = new PredictionTimes(Measurements.unread(), "hot");
  private static final Rows ENDLESS = Rows.matrix(1, 1, new double[] {9e15});
  private static final Rows QUICK = Rows.matrix(1, 1, new double[] {1});

  private final PredictionLanes lanes = new PredictionLanes(Ticker.SYSTEM, RunJournal.NONE, TIMES);
  private final List<PredictReply> replies = new CopyOnWriteArrayList<>();
  private SharedModel model;

  @BeforeEach
  void load() {
    byte[] bytes = tinyOnnx("loop_of_row");
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    model =
        new SharedModel(artifact, new OnnxModelLoader().load(artifact, ByteBuffer.wrap(bytes)), 0);
  }

  @AfterEach
  void close() {
    lanes.close();
    model.release();
  }

  private void ask(Rows rows, Duration wait) {
    assertThat(model.acquire()).isTrue();
    PredictRequest request = new PredictRequest(model.ref().tenant(), rows, wait.toMillis());
    lanes.predict(model, request, false, Deadline.after(wait, Ticker.SYSTEM), replies::add);
  }

  private long answered(ErrorCode code) {
    return replies.stream().filter(r -> r instanceof Failed f && f.code() == code).count();
  }

  @Test
  void theyEndAtTheirDeadlineAndTheThreadsAreFreeForTheNext() {
    for (int i = 0; i < 20; i++) {
      ask(ENDLESS, Duration.ofMillis(200));
    }
    Eventually.holds("all are answered", () -> replies.size() == 20);
    assertThat(answered(ErrorCode.DEADLINE_EXCEEDED)).isEqualTo(20);
    Eventually.holds("no thread predicts", () -> lanes.busyTenants() == 0);

    ask(QUICK, Duration.ofSeconds(10));
    Eventually.holds("the next is answered", () -> replies.size() == 21);
    assertThat(replies.get(20)).isInstanceOf(Predicted.class);
  }

  @Test
  void oneOfAQuickModelLeavesTheThreadThatOthersWaitFor() {
    model.pace().took(QUICK, 10);

    ask(ENDLESS, Duration.ofSeconds(1));

    assertThat(replies).as("answers of the thread that asked").isEmpty();
    assertThat(lanes.busyTenants()).isEqualTo(1);
    assertThat(model.pace().quick(QUICK)).isFalse();
    Eventually.holds("it is answered", () -> replies.size() == 1);
    assertThat(answered(ErrorCode.DEADLINE_EXCEEDED)).isEqualTo(1);
  }
}
