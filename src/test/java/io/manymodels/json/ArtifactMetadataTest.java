package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.testing.Artifacts;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

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
