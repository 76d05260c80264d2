package io.manymodels.rehearsal;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The made-up models of a rehearsal, which are resources of the jar: a registry and its store in
 * one. Each is the only model of its tenant. All versions of a model are the same bytes, and the
 * newest one is live. Thread-safe.
 */
final class SyntheticModels implements ModelRegistry, ArtifactStore {
  /** Of the common kinds; src/test/python/models/make_rehearsal_models.py makes them. */
  private static final List<String> NAMES = List.of("linear", "forest", "network", "columns");

  private final List<Synthetic> models = new ArrayList<>();
  private final AtomicLong live = new AtomicLong(1);

  /** The metadata stay a text, so that reading them is rehearsed as well. */
  private record Synthetic(ModelRef ref, ByteBuffer metadata, ByteBuffer bytes) {}

  SyntheticModels() {
    for (String name : NAMES) {
      ModelRef ref = new ModelRef(new TenantId("rehearsal-" + name), new ModelVersion(1));
      models.add(new Synthetic(ref, resource(name + ".json"), resource(name + ".onnx")));
    }
  }

  /** Direct memory, as a node's cache has it. */
  private static ByteBuffer resource(String name) {
    try (InputStream file = SyntheticModels.class.getResourceAsStream("/rehearsal/" + name)) {
      if (file == null) {
        throw new IllegalStateException("the jar lacks rehearsal/" + name);
      }
      byte[] bytes = file.readAllBytes();
      return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().asReadOnlyBuffer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes the next version of each model live. */
  void raise() {
    live.incrementAndGet();
  }

  private Optional<Synthetic> find(TenantId tenant) {
    return models.stream().filter(model -> model.ref().tenant().equals(tenant)).findFirst();
  }

  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    return find(tenant).map(model -> new ModelVersion(live.get()));
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return find(ref.tenant())
        .map(model -> ArtifactMetadata.readDescriptor(model.ref(), model.metadata().duplicate()))
        .map(artifact -> artifact.withVersion(ref.version()));
  }

  @Override
  public List<ModelVersion> versions(TenantId tenant) {
    return liveVersion(tenant).stream().toList();
  }

  @Override
  public List<TenantId> tenants() {
    return models.stream().map(model -> model.ref().tenant()).sorted().toList();
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    return find(artifact.ref().tenant()).map(model -> model.bytes().duplicate());
  }

  @Override
  public void check() {}

  @Override
  public void close() {}
}
