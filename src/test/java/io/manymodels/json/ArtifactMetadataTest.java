package io.manymodels.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.ModelOutput.Form;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import io.manymodels.testing.Artifacts;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArtifactMetadataTest {
  private static final ArtifactDescriptor ARTIFACT =
      Artifacts.describe(Artifacts.ref("tenant1", 7), Artifacts.bytes(10, 1));
  private static final String TEXT = Json.write(ArtifactMetadata.of(ARTIFACT, "a \"test\""));

  @Test
  void whatIsWrittenIsReadBack() {
    assertThat(TEXT)
        .startsWith("{\"tenant\":\"tenant1\",\"version\":7,\"sha256\":\"")
        .endsWith(
            ",\"size\":10,\"created\":\"2026-11-23T00:00:00Z\",\"format\":\"onnx\","
                + "\"description\":\"a \\\"test\\\"\"}");
    assertThat(Json.read(TEXT, ArtifactMetadata.class).toDescriptor()).isEqualTo(ARTIFACT);
  }

  @Test
  void signatureSubstitutesAndExampleAreWrittenAsTheContractHasThem() {
    Signature signature =
        new Signature(
            List.of(
                new ModelInput("plan", Datatype.BYTES, List.of(-1L, 1L))
                    .withMissing(Map.of("plan", "")),
                new ModelInput(
                    "age", Datatype.INT64, List.of(-1L), List.of(), Map.of("age", "-1"), true),
                new ModelInput("x", Datatype.FP32, List.of(-1L, 2L)).withColumns(List.of("a", "b")),
                new ModelInput("y", Datatype.FP32, List.of(-1L, 2L))),
            List.of(
                new ModelOutput("label", Datatype.BYTES, List.of(-1L)),
                new ModelOutput(
                    "p", Form.MAPS, Datatype.FP32, List.of(-1L, 2L), List.of("no", "yes"))));
    ExampleJson example = ExampleJson.read("{\"records\":[{\"plan\":null}]}");
    ArtifactDescriptor artifact =
        ARTIFACT.withUsage(
            new Usage(
                Optional.of(signature), Naming.NONE, Optional.of(example.rows()), example.text()));
    String text = ArtifactMetadata.write(artifact, null);
    assertThat(text)
        .endsWith(
            "\"inputs\":[{\"name\":\"plan\",\"datatype\":\"BYTES\",\"shape\":[-1,1],\"columns\":[\"plan\"]},"
                + "{\"name\":\"age\",\"datatype\":\"INT64\",\"shape\":[-1],\"columns\":[\"age\"],\"optional\":true},"
                + "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,2],\"columns\":[\"a\",\"b\"]},"
                + "{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1,2],\"columns\":null}],"
                + "\"outputs\":[{\"name\":\"label\",\"datatype\":\"BYTES\",\"shape\":[-1],\"classes\":null},"
                + "{\"name\":\"p\",\"datatype\":\"FP32\",\"shape\":[-1,2],\"classes\":[\"no\",\"yes\"],"
                + "\"form\":\"maps\"}],"
                + "\"missing\":{\"age\":-1,\"plan\":\"\"},\"example\":{\"records\":[{\"plan\":null}]}}");
    assertThat(Json.read(text, ArtifactMetadata.class).toDescriptor()).isEqualTo(artifact);
  }

  @Test
  void namesInMetadataOfHandStandUntilTheSignatureIsRead() {
    Usage usage =
        Json.read(
                TEXT.replaceFirst(
                    "\\}$",
                    ",\"columns\":[\"a\",\"b\"],\"missing\":{\"n\":0},"
                        + "\"example\":{\"columns\":[\"b\",\"a\"],\"data\":[[1,2]]}}"),
                ArtifactMetadata.class)
            .usage();
    assertThat(usage.signature()).isEmpty();
    assertThat(usage.example()).isPresent();
    Signature read =
        new Signature(
            List.of(
                new ModelInput("n", Datatype.INT32, List.of(-1L)),
                new ModelInput("x", Datatype.FP32, List.of(-1L, 2L))),
            List.of(new ModelOutput("y", Datatype.FP32, List.of(-1L))));
    assertThat(usage.signatureOr(() -> read).inputs())
        .containsExactly(
            read.inputs().get(0).withMissing(Map.of("n", "0")),
            read.inputs().get(1).withColumns(List.of("a", "b")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "inputs": [] | key 'outputs': missing
          "inputs": [], "outputs": [] | keys 'inputs' and 'outputs': the model takes no input
          "inputs": [{"name": "x", "datatype": "FP31", "shape": []}], "outputs": [] | one of BOOL
          "inputs": [{"name": "x", "datatype": "FP32"}], "outputs": [] | key 'inputs[0]': key 'shape': missing
          "columns": [1] | key 'columns': expected a list of names
          "columns": {"x": "a"} | key 'columns.x': expected a list of names
          "columns": 7 | key 'columns': expected a list of names, or an object
          "missing": {"x": []} | key 'missing.x': expected a text, a number or a boolean
          "example": {"data": []} | key 'example': /data: expected at least one row
          """)
  void aUsageThatCannotBeUnderstoodIsNamed(String more, String why) {
    ByteBuffer text =
        ByteBuffer.wrap(
            TEXT.replaceFirst("\\}$", "," + more.replace("\\", "\\\\") + "}").getBytes(UTF_8));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> ArtifactMetadata.readDescriptor(ARTIFACT.ref(), text))
        .withMessageContainingAll("tenant1/7: metadata.json: ", why)
        .withMessageNotContaining("\n");
  }

  @Test
  void metadataThatNobodyWouldReadAreNotWritten() {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> ArtifactMetadata.write(ARTIFACT, "x".repeat(ArtifactMetadata.MAX_BYTES)))
        .withMessageContaining("more than the 2097152 that are taken");
  }

  @Property(tries = 3000)
  void damagedTextIsReadOrRefusedInOneLine(
      @ForAll @IntRange(max = 250) int at,
      @ForAll @IntRange(max = 20) int removed,
      @ForAll("fragments") String inserted) {
    int from = Math.min(at, TEXT.length());
    int to = Math.min(from + removed, TEXT.length());
    try {
      ArtifactDescriptor read =
          Json.read(TEXT.substring(0, from) + inserted + TEXT.substring(to), ArtifactMetadata.class)
              .toDescriptor();
      assertThat(read.sizeBytes()).isNotNegative();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n").hasSizeLessThan(500);
    }
  }

  @Provide
  Arbitrary<String> fragments() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(5),
        Arbitraries.of(
            "",
            "null",
            "-1",
            "1e9",
            "1e999",
            "\"",
            "{",
            "}",
            "[[[[",
            "\\u0000",
            ",",
            "\"size\":0"));
  }
}
