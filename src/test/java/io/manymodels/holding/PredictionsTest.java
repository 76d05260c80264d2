package io.manymodels.holding;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.inference.LoadedModel;
import io.manymodels.loading.SharedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Artifacts;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PredictionsTest {
  private static final Deadline LATER = Deadline.after(Duration.ofMinutes(1), Ticker.SYSTEM);

  private static final ModelRef REF = new ModelRef(tenant(1), new ModelVersion(2));

  /** Takes any width, and answers what it is told to. */
  private record Fixed(Prediction answer) implements LoadedModel {
    @Override
    public Prediction predict(Rows rows) {
      return answer;
    }

    @Override
    public int inputWidth() {
      return 0;
    }

    @Override
    public long weightBytes() {
      return 1;
    }

    @Override
    public void close() {}
  }

  private static Prediction predict(Prediction answer, int rows) {
    SharedModel model = new SharedModel(Artifacts.describe(REF, new byte[0]), new Fixed(answer), 0);
    return Predictions.predict(model, Rows.matrix(rows, 7, new double[rows * 7]), false, LATER)
        .prediction();
  }

  @Test
  void aModelThatTakesAnyWidthIsGivenIt() {
    Doubles answer = Prediction.of(new double[] {1, 2, 3, 4}, 2);
    assertThat(predict(answer, 2)).isSameAs(answer);
  }

  @Test
  void aModelMustAnswerEveryRow() {
    Doubles answer = Prediction.of(new double[] {1, 2, 3}, 1);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> predict(answer, 2))
        .withMessage("model tenant01/2 did not answer one prediction a row")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.LOAD_FAILED);
  }

  /** Found by `chaos`: a loader of the user's own had its NaN written as a text. */
  @Test
  void whatJsonCannotCarryIsTheModelsFailure() {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> predict(Prediction.of(new double[] {Double.NaN}, 1), 1))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.LOAD_FAILED);
  }

  @Test
  void whateverAModelThrowsIsItsFailure() {
    LoadedModel throwing =
        new LoadedModel() {
          @Override
          public Prediction predict(Rows rows) {
            throw new IllegalStateException("made to fail");
          }

          @Override
          public int inputWidth() {
            return 0;
          }

          @Override
          public long weightBytes() {
            return 1;
          }

          @Override
          public void close() {}
        };
    SharedModel model = new SharedModel(Artifacts.describe(REF, new byte[0]), throwing, 0);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(
            () -> Predictions.predict(model, Rows.matrix(1, 1, new double[] {1}), false, LATER))
        .withMessage("model tenant01/2 failed while it predicted")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.LOAD_FAILED);
  }
}
