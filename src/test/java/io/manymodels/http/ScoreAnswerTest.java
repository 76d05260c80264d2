package io.manymodels.http;

import static io.manymodels.testing.Tenants.tenant;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.stats.ModelCost;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Prediction;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoreAnswerTest {
  private static final DeploymentMap MAP =
      DeploymentMap.of(
          PlacementTable.of(
              new Generation(2, 5),
              Map.of(
                  tenant(9), new Placement("Deployment9", true),
                  tenant(1), new Placement("Deployment1", false))));

  private static String write(Prediction prediction, int mapLimit) {
    ModelRef ref = new ModelRef(tenant(1), new ModelVersion(4));
    Scored scored =
        new Scored("Deployment1", new Predicted(ref, prediction, false, new ModelCost(1, 1)));
    return new String(ScoreAnswer.write(scored, MAP, mapLimit), UTF_8);
  }

  private static String prediction(Prediction prediction) {
    String json = write(prediction, 0);
    String start =
        "{\"deployment\":\"Deployment1\",\"model\":\"tenant01\",\"version\":4,\"prediction\":";
    assertThat(json).startsWith(start).endsWith("}");
    return json.substring(start.length(), json.length() - 1);
  }

  private static Prediction texts(int columns, String... texts) {
    return Prediction.of(new Cells.Texts(texts), columns);
  }

  @Test
  void oneColumnIsOneEntryARow() {
    assertThat(prediction(Prediction.of(new long[] {0, -2, Long.MAX_VALUE}, 1)))
        .isEqualTo("[0,-2,9223372036854775807]");
    assertThat(prediction(texts(1, "a", "\"b\"\n"))).isEqualTo("[\"a\",\"\\\"b\\\"\\n\"]");
    assertThat(prediction(Prediction.of(new long[0], 1))).isEqualTo("[]");
  }

  @Test
  void moreColumnsAreAListARow() {
    assertThat(prediction(Prediction.of(new long[] {1, 2, 3, 4, 5, 6}, 3)))
        .isEqualTo("[[1,2,3],[4,5,6]]");
    assertThat(prediction(texts(2, "a", "b"))).isEqualTo("[[\"a\",\"b\"]]");
  }

  @Test
  void floatsArePrintedAsShortAsTheyAre() {
    assertThat(prediction(Prediction.of(new Cells.Floats(new float[] {0.1f, 3f}), 1)))
        .isEqualTo("[0.1,3.0]");
    assertThat(prediction(Prediction.of(new double[] {0.1, 1e-9}, 1))).isEqualTo("[0.1,1.0E-9]");
  }

  @Test
  void theMapIsInTheAnswerUpToTheLimit() {
    Prediction one = Prediction.of(new long[] {1}, 1);
    assertThat(write(one, 2))
        .endsWith(
            "\"prediction\":[1],"
                + "\"deployment_map\":{\"tenant01\":\"deployment1\",\"tenant09\":\"deployment9\"}}");
    assertThat(write(one, 1)).endsWith("\"prediction\":[1]}");
  }

  @Test
  void theWholeMapNamesGenerationAndPins() {
    assertThat(MAP.document())
        .isEqualTo(
            "{\"generation\":\"2.5\",\"deployment_map\":{\"tenant01\":\"deployment1\","
                + "\"tenant09\":\"deployment9\"},\"dedicated\":{\"tenant09\":\"deployment9\"}}");
  }

  @Test
  void deploymentsHaveTwoSpellings() {
    assertThat(DeploymentMap.clientName("Deployment10")).isEqualTo("deployment10");
    assertThat(DeploymentMap.serveName("deployment10")).isEqualTo("Deployment10");
    assertThat(DeploymentMap.serveName("Deployment10")).isEqualTo("Deployment10");
    assertThat(DeploymentMap.serveName("")).isEmpty();
    assertThat(DeploymentMap.clientName("")).isEmpty();
  }
}
