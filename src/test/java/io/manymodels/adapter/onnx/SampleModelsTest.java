package io.manymodels.adapter.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.adapter.file.FileModelRegistryProvider;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.Json;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Values;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The committed models answer what scikit-learn answered before they were converted. */
class SampleModelsTest {
  private static final URI LOCATION = SampleModels.ROOT.toAbsolutePath().toUri();
  private static final JsonNode EXPECTED = expected();
  private static final Offset<Double> TOLERANCE = within(EXPECTED.get("tolerance").doubleValue());

  private final ModelLoader loader = new OnnxModelLoader();
  private final ModelRegistry registry = new FileModelRegistryProvider().open(LOCATION);
  private final ArtifactStore artifacts = new FileModelRegistryProvider().openArtifacts(LOCATION);

  @Test
  void thereAreExpectationsForEveryTenant() {
    assertThat(registry.tenants()).hasSize(30);
    assertThat(registry.tenants().stream().map(TenantId::value).toList())
        .containsExactlyInAnyOrderElementsOf(EXPECTED.get("tenants")::fieldNames);
  }

  @TestFactory
  List<DynamicTest> everyVersionAnswersWhatScikitLearnAnswered() {
    List<DynamicTest> tests = new ArrayList<>();
    for (TenantId tenant : registry.tenants()) {
      JsonNode expected = EXPECTED.get("tenants").get(tenant.value());
      ModelVersion live = registry.liveVersion(tenant).orElseThrow();
      assertThat(live.number()).isEqualTo(expected.get("live_version").asInt());
      tests.add(test(new ModelRef(tenant, live), expected));
      expected
          .get("other_versions")
          .properties()
          .forEach(
              other ->
                  tests.add(
                      test(
                          new ModelRef(tenant, new ModelVersion(Integer.parseInt(other.getKey()))),
                          other.getValue())));
    }
    return tests;
  }

  private DynamicTest test(ModelRef ref, JsonNode expected) {
    return DynamicTest.dynamicTest(
        ref.toString(),
        () -> {
          ArtifactDescriptor artifact = registry.describe(ref).orElseThrow();
          ByteBuffer bytes = artifacts.read(artifact).orElseThrow();
          assertThat(ArtifactDigest.of(bytes)).isEqualTo(artifact.digest());
          assertThat((long) bytes.remaining()).isEqualTo(artifact.sizeBytes());
          try (LoadedModel model = loader.load(artifact, bytes)) {
            assertThat(model.signature().inputs().get(0).width())
                .isEqualTo(expected.get("input_width").asLong());
            assertEqual(model.predict(rows(expected)), expected.get("predictions"));
          }
        });
  }

  private static void assertEqual(Prediction answer, JsonNode predictions) {
    List<JsonNode> expected = cells(predictions);
    List<Object> answered = Values.of(answer);
    assertThat(answered).hasSize(expected.size());
    assertThat(Values.shape(answer)[0]).isEqualTo(predictions.size());
    for (int i = 0; i < expected.size(); i++) {
      Object value = answered.get(i);
      if (value instanceof Long label) {
        assertThat(label).isEqualTo(expected.get(i).longValue());
      } else if (value instanceof String label) {
        assertThat(label).isEqualTo(expected.get(i).textValue());
      } else {
        assertThat(((Number) value).doubleValue())
            .isCloseTo(expected.get(i).doubleValue(), TOLERANCE);
      }
    }
  }

  private static List<JsonNode> cells(JsonNode rows) {
    List<JsonNode> cells = new ArrayList<>();
    rows.forEach(
        row -> {
          if (row.isArray()) {
            row.forEach(cells::add);
          } else {
            cells.add(row);
          }
        });
    return cells;
  }

  private static Rows rows(JsonNode expected) {
    JsonNode rows = expected.get("rows");
    double[] values = cells(rows).stream().mapToDouble(JsonNode::doubleValue).toArray();
    return Rows.matrix(rows.size(), values.length / rows.size(), values);
  }

  private static JsonNode expected() {
    try {
      return Json.mapper()
          .readTree(Files.readString(Path.of("src/test/resources/expected_predictions.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
