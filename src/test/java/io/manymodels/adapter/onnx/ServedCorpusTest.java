package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.manymodels.adapter.onnx.graph.PackedFile;
import io.manymodels.adapter.onnx.graph.ServedGraph;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.testing.Corpus;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime takes what is served of every model of the corpus. */
class ServedCorpusTest {
  private static final OrtEnvironment ENVIRONMENT = NativeLibrary.load();
  private static final OnnxLocales LOCALES = new OnnxLocales(ENVIRONMENT);

  /** Operators that ONNX Runtime does not have, for doubles or at all. */
  private static final Set<String> UNKNOWN_OPERATORS =
      Set.of("onnx_custom_extensions", "onnx_custom_unknown_domain", "skl_df_mixed_nan");

  static Stream<Corpus.Case> cases() {
    return Corpus.cases().stream().filter(model -> !UNKNOWN_OPERATORS.contains(model.name()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theSessionHasTheInputsAndOutputsOfTheSignature(Corpus.Case model) throws Exception {
    ByteBuffer file = PackedFile.of(ref("tenant1", 1), model.model(), model::file);
    ServedGraph served = ServedGraph.of(ref("tenant1", 1), file, LOCALES);
    try (OrtSession session = ENVIRONMENT.createSession(toArray(served.bytes()))) {
      assertThat(session.getInputNames())
          .containsExactlyElementsOf(
              served.signature().inputs().stream().map(ModelInput::name).toList());
      assertThat(session.getOutputNames())
          .containsExactlyElementsOf(
              served.signature().outputs().stream().map(ModelOutput::name).toList());
    }
  }
}
