package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Corpus;
import io.manymodels.testing.CorpusAnswers;
import io.manymodels.testing.CorpusForm;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Models as people make them answer what the library answered that trained them. */
class CorpusIT {
  private static final String PREFIX = "corpus-";

  /** What ONNX Runtime does not load, with a part of what callers are told. */
  private static final Map<String, String> NOT_SERVED =
      Map.of(
          "onnx_custom_extensions", "the custom operator ai.onnx.contrib:StringUpper",
          "onnx_custom_unknown_domain", "the custom operator com.acme:OurScaler");

  /** The converter's own error; ONNX Runtime answers the same in Python. */
  private static final String OTHER_BY_CONVERSION = "skl_bayesian_ridge_std";

  private static final Application APPLICATION = Application.running();

  @BeforeAll
  static void publish() {
    OnnxModelLoader loader = new OnnxModelLoader();
    for (Corpus.Case model : Corpus.cases()) {
      ModelRef ref = new ModelRef(new TenantId(tenant(model)), new ModelVersion(1));
      ByteBuffer packed = loader.packed(ref, model.model(), model::file);
      APPLICATION.registry().publish(tenant(model), Artifacts.toArray(packed));
    }
  }

  /** Gives the places back that they have earned, to the tenants that other tests ask for. */
  @AfterAll
  static void remove() {
    List<String> tenants = Corpus.cases().stream().map(CorpusIT::tenant).toList();
    tenants.forEach(APPLICATION.registry()::remove);
    String body =
        Answer.JSON.createObjectNode().set("tenants", Answer.JSON.valueToTree(tenants)).toString();
    JsonNode unused =
        APPLICATION
            .send(
                APPLICATION
                    .jsonRequest("/refresh_models", body)
                    .header("Authorization", "Bearer " + APPLICATION.token()))
            .ok();
    APPLICATION.fill();
  }

  static Stream<Corpus.Case> served() {
    return Corpus.cases().stream()
        .filter(model -> !NOT_SERVED.containsKey(model.name()))
        .filter(model -> !model.name().equals(OTHER_BY_CONVERSION));
  }

  static Stream<Corpus.Case> notServed() {
    return Corpus.cases().stream().filter(model -> NOT_SERVED.containsKey(model.name()));
  }

  private static String tenant(Corpus.Case model) {
    return PREFIX + model.name();
  }

  @ParameterizedTest
  @MethodSource("served")
  void everyRowIsAnsweredRightInEachForm(Corpus.Case model) {
    List<String> wrong = new ArrayList<>();
    for (CorpusForm form : CorpusForm.values()) {
      wrong.addAll(wrong(model, form, IntStream.range(0, model.rows()).boxed().toList()));
      if (!model.isBatchDependent()) {
        for (int row = 0; row < model.rows(); row++) {
          wrong.addAll(wrong(model, form, List.of(row)));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static List<String> wrong(Corpus.Case model, CorpusForm form, List<Integer> rows) {
    JsonNode answer = APPLICATION.postJson("/score", form.body(tenant(model), model, rows)).ok();
    assertThat(answer.path("model").asText()).isEqualTo(tenant(model));
    return new CorpusAnswers(model, rows)
        .differences(answer.path("outputs")).stream()
            .map(difference -> form + " " + rows + " " + difference)
            .toList();
  }

  @ParameterizedTest
  @MethodSource("notServed")
  void whatOnnxRuntimeDoesNotLoadIsSaidByName(Corpus.Case model) {
    String body = CorpusForm.DATA.body(tenant(model), model, List.of(0));
    Answer answer = APPLICATION.postJson("/score", body);
    assertThat(answer.status()).as("%s", answer).isEqualTo(502);
    assertThat(answer.body())
        .contains("urn:many-models:problem:load-failed", NOT_SERVED.get(model.name()));
  }

  /** Where the converter differs, ONNX Runtime's answers are within a percent. */
  @ParameterizedTest
  @EnumSource(CorpusForm.class)
  void theOneThatItsConverterChangedHasItsFirstOutputRight(CorpusForm form) {
    Corpus.Case model =
        Corpus.cases().stream()
            .filter(each -> each.name().equals(OTHER_BY_CONVERSION))
            .findFirst()
            .orElseThrow();
    List<Integer> rows = IntStream.range(0, model.rows()).boxed().toList();
    assertThat(wrong(model, form, rows)).hasSize(1).first().asString().contains(" std: ");
  }
}
