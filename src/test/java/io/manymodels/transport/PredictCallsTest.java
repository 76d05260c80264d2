package io.manymodels.transport;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ErrorCode;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PredictCallsTest {
  private static final PredictRequest REQUEST =
      new PredictRequest(tenant(1), Rows.matrix(1, 1, new double[1]), 100);

  private final List<PredictReply> replies = new ArrayList<>();

  @Test
  void whatFailsAfterItHasAnsweredAnswersOnce() {
    PredictCalls calls =
        new PredictCalls(
            (request, answer) -> {
              answer.accept(new NotHere());
              throw new IllegalStateException("on purpose, for a test");
            });
    calls.predict(REQUEST, replies::add);
    assertThat(replies).singleElement().isInstanceOf(NotHere.class);
    assertThat(calls.underWay()).isZero();
  }

  @Test
  void whoCannotTakeTheAnswerIsNotGivenAnother() {
    PredictCalls calls = new PredictCalls((request, answer) -> answer.accept(new NotHere()));
    Consumer<PredictReply> broken =
        reply -> {
          replies.add(reply);
          throw new IllegalStateException("on purpose, for a test");
        };
    calls.predict(REQUEST, broken);
    assertThat(replies).singleElement().isInstanceOf(NotHere.class);
    assertThat(calls.underWay()).isZero();
  }

  @Test
  void noMoreThanFourThousandWait() {
    List<Consumer<PredictReply>> held = new ArrayList<>();
    PredictCalls calls = new PredictCalls((request, answer) -> held.add(answer));
    for (int i = 0; i < 4_097; i++) {
      calls.predict(REQUEST, replies::add);
    }
    assertThat(replies)
        .singleElement()
        .isInstanceOfSatisfying(
            Failed.class, f -> assertThat(f.code()).isEqualTo(ErrorCode.OVERLOADED));
    held.forEach(answer -> answer.accept(new NotHere()));
    assertThat(calls.underWay()).isZero();
    assertThat(replies).hasSize(4_097);
  }
}
