package io.manymodels.examples;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.Environment;
import io.manymodels.config.OverflowConfig;
import io.manymodels.config.Setting;
import io.manymodels.holding.OverflowModels;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictRequest;
import io.manymodels.stores.Stores;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.ModelLoaderContract;
import io.manymodels.testing.Values;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearJsonModelLoaderTest extends ModelLoaderContract {
  private static final ModelLoader LOADER = new LinearJsonModelLoader();
  private static final String CLASSES =
      "{\"coefficients\":[[1,0],[0,1],[-1,-1]],\"intercept\":[0,0,1],\"kind\":\"classification\"}";
  private static final String REGRESSION =
      "{\"coefficients\":[[0.5,-1,2]],\"intercept\":[10],\"kind\":\"regression\"}";

  @TempDir private Path registry;

  @Override
  protected ModelLoader loader() {
    return LOADER;
  }

  @Override
  protected byte[] goodArtifact() {
    return REGRESSION.getBytes(UTF_8);
  }

  @Override
  protected int width() {
    return 3;
  }

  @Test
  void numbersAndClassesArePredicted() {
    assertThat(predict(REGRESSION, 3, 2, 1, 0.5, 0, 0, 0)).containsExactly(11.0, 10.0);
    assertThat(predict(CLASSES, 2, 5, 1, 1, 5, 0, 0)).containsExactly(0L, 1L, 2L);
    assertThat(
            predict(
                CLASSES.replace("[1,0],[0,1],[-1,-1]", "[1,-1]").replace("0,0,1", "0"),
                2,
                2,
                1,
                1,
                2))
        .containsExactly(1L, 0L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"coefficients\":[],\"intercept\":[],\"kind\":\"regression\"}",
        "{\"coefficients\":[[]],\"intercept\":[0],\"kind\":\"regression\"}",
        "{\"coefficients\":[[1],[1,2]],\"intercept\":[0,0],\"kind\":\"regression\"}",
        "{\"coefficients\":[[1]],\"intercept\":[0,0],\"kind\":\"regression\"}",
        "{\"coefficients\":[[null]],\"intercept\":[0],\"kind\":\"regression\"}",
        "{\"coefficients\":[null],\"intercept\":[0],\"kind\":\"regression\"}",
        "{\"coefficients\":[[1e999]],\"intercept\":[0],\"kind\":\"regression\"}",
        "{\"coefficients\":[[1]],\"intercept\":[0],\"kind\":\"guess\"}"
      })
  void aModelThatMakesNoSenseIsRefused(String text) {
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> load(text.getBytes(UTF_8)).close(),
        "tenant1/1: the artifact is not a linear model: ");
  }

  @Test
  void anAnswerMayBeInfinite() {
    assertThat(predict(REGRESSION, 3, 0, 0, Double.MAX_VALUE, 0, 0, 0))
        .containsExactly(Double.POSITIVE_INFINITY, 10.0);
  }

  @Test
  void aPublishedModelIsServed() throws IOException {
    publish(ref("tenant1", 1), CLASSES.getBytes(UTF_8));
    Stores stores =
        new Stores(Environment.empty().with(Setting.REGISTRY, registry.toUri().toString()));
    try (OverflowModels models =
        new OverflowModels(stores.models(), OverflowConfig.DEFAULT, Ticker.SYSTEM)) {
      PredictReply reply =
          models.answer(
              new PredictRequest(
                  ref("tenant1", 1).tenant(),
                  Rows.matrix(2, 2, new double[] {1, 5, 5, 1}),
                  30_000));
      assertThat(reply)
          .isInstanceOfSatisfying(
              PredictReply.Predicted.class,
              predicted -> {
                assertThat(predicted.ref()).isEqualTo(ref("tenant1", 1));
                assertThat(Values.of(predicted.prediction())).containsExactly(1L, 0L);
              });
    }
  }

  private void publish(ModelRef ref, byte[] bytes) throws IOException {
    ArtifactDescriptor onnx = describe(ref, bytes);
    ArtifactDescriptor artifact =
        new ArtifactDescriptor(
            ref, onnx.digest(), onnx.sizeBytes(), LOADER.format(), onnx.created());
    Path folder = Files.createDirectories(registry.resolve("tenant1/1"));
    Files.write(folder.resolve("model.linear-json"), bytes);
    Files.writeString(
        folder.resolve("metadata.json"), Json.write(ArtifactMetadata.of(artifact, "a test")));
  }

  private List<Object> predict(String text, int width, double... values) {
    try (LoadedModel model = load(text.getBytes(UTF_8))) {
      return Values.of(model.predict(Rows.matrix(values.length / width, width, values)));
    }
  }
}
