package io.manymodels.adapter.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ModelRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes registry folders as the notebook does. */
record FolderPublisher(Path root) {

  Path version(ModelRef ref) {
    return root.resolve(ref.tenant().value()).resolve(ref.version().toString());
  }

  void publish(ArtifactDescriptor artifact, byte[] bytes) throws IOException {
    Path folder = Files.createDirectories(version(artifact.ref()));
    Files.write(folder.resolve("model." + artifact.format()), bytes);
    writeMetadata(artifact.ref(), Json.write(ArtifactMetadata.of(artifact, "a test")));
  }

  void writeMetadata(ModelRef ref, String text) throws IOException {
    Path folder = Files.createDirectories(version(ref));
    Files.writeString(folder.resolve("metadata.json"), text, UTF_8);
  }

  void writeLive(ModelRef ref, String text) throws IOException {
    Path folder = Files.createDirectories(root.resolve(ref.tenant().value()));
    Files.writeString(folder.resolve("live"), text, UTF_8);
  }
}
