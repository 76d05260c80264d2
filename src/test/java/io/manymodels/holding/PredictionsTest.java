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
import io.manymodels.tensor.Signature;
import io.manymodels.testing.Artifacts;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PredictionsTest {
  private static final Deadline LATER = Deadline.after(Duration.ofMinutes(1), Ticker.SYSTEM);

  private static final Signature SIGNATURE = Signature.ofMatrix((int) Signature.FREE);

  private static final ModelRef REF = new ModelRef(tenant(1), new ModelVersion(2));

  /** Takes any width, and answers what it is told to. */
  private record Fixed(Prediction answer) implements LoadedModel {
    @Override
    public Prediction predict(Rows rows) {
      return answer;
    }

    @Override
    public Signature signature() {
      return SIGNATURE;
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

  /** Numbers that are not finite are the answer's business, and null where JSON is written. */
  @Test
  void whatAModelAnswersIsPassedOn() {
    Prediction answer = Prediction.of(new double[] {1, Double.NaN, 3, 4}, 2);
    assertThat(predict(answer, 2)).isSameAs(answer);
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
          public Signature signature() {
            return SIGNATURE;
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
