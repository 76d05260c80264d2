package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.artifact.ArtifactDescriptor;
import java.nio.ByteBuffer;

/** Metadata of a registry are a descriptor that can be written and read again, or refused. */
class ArtifactMetadataFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void metadata(byte[] bytes) {
    ArtifactDescriptor read;
    try {
      read = Json.read(ByteBuffer.wrap(bytes), ArtifactMetadata.class).toDescriptor();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      return;
    }
    String again = Json.write(ArtifactMetadata.of(read, ""));
    assertThat(Json.read(again, ArtifactMetadata.class).toDescriptor()).isEqualTo(read);
  }
}
