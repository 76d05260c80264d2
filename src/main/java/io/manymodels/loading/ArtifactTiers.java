package io.manymodels.loading;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tracing.Span;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An artifact's bytes from the nearest tier that has them: the node's cache, the warm store, the
 * registry's own store. What a tier lacks is filled from the next. Every artifact is checked
 * against its digest, whatever tier it came from; one that fails is dropped there and fetched from
 * the next. The outage of a tier above the last is survived. Thread-safe.
 */
public final class ArtifactTiers implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ArtifactTiers.class.getName());

  private final @Nullable ArtifactCache node;
  private final @Nullable WarmTier warm;
  private final ArtifactStore cold;
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong beyondNode = new AtomicLong();
  private final AtomicLong fromWarm = new AtomicLong();
  private final AtomicLong fromRegistry = new AtomicLong();
  private final AtomicLong warmFailures = new AtomicLong();

  public ArtifactTiers(
      Optional<ArtifactCache> node, Optional<WritableArtifactStore> warm, ArtifactStore cold) {
    this(node.orElse(null), warm.map(WarmTier::new).orElse(null), cold);
  }

  private ArtifactTiers(@Nullable ArtifactCache node, @Nullable WarmTier warm, ArtifactStore cold) {
    this.node = node;
    this.warm = warm;
    this.cold = cold;
  }

  /**
   * The same tiers, with counts of their own: for another replica of the process. One of them is to
   * be closed.
   */
  public ArtifactTiers another() {
    return new ArtifactTiers(node, warm, cold);
  }

  /** Only the registry's own store. */
  public ArtifactTiers(ArtifactStore cold) {
    this(Optional.empty(), Optional.empty(), cold);
  }

  /**
   * How many artifacts came from where since the start.
   *
   * @param node from the node's cache, without asking further
   * @param warm from the warm store
   * @param registry from the registry's store
   * @param warmFailures reads and writes of the warm store that failed, and writes that were left
   *     out because too many waited
   */
  public record Reads(long node, long warm, long registry, long warmFailures) {}

  /** Where an artifact can come from. */
  enum Tier {
    /** The cache of this node. */
    NODE,
    /** The warm store. */
    WARM,
    /** The registry's own store. */
    REGISTRY
  }

  /**
   * The artifact's bytes, checked.
   *
   * @param span of which the tiers that are asked are parts
   * @param from told the tier that had them, when that is beyond the node
   * @throws ServingException {@code LOAD_FAILED} when no tier has it, {@code ARTIFACT_CORRUPT} when
   *     the registry's own is not what was published, {@code STORE_UNAVAILABLE}
   */
  ByteBuffer read(ArtifactDescriptor artifact, Span span, Consumer<Tier> from) {
    reads.incrementAndGet();
    Optional<ByteBuffer> bytes =
        node == null
            ? fetch(artifact, span, from)
            : LoadStep.NODE.within(
                span, step -> node.read(artifact, () -> fetch(artifact, step, from)));
    return bytes.orElseThrow(
        () ->
            new ServingException(
                ErrorCode.LOAD_FAILED, "model " + artifact.ref() + ": its artifact is not stored"));
  }

  public Reads counts() {
    return new Reads(
        reads.get() - beyondNode.get(), fromWarm.get(), fromRegistry.get(), warmFailures.get());
  }

  private Optional<ByteBuffer> fetch(ArtifactDescriptor artifact, Span span, Consumer<Tier> from) {
    beyondNode.incrementAndGet();
    Optional<ByteBuffer> held =
        warm == null
            ? Optional.empty()
            : LoadStep.WARM.within(span, step -> LoadStep.noted(step, readWarm(warm, artifact)));
    if (held.isPresent()) {
      fromWarm.incrementAndGet();
      from.accept(Tier.WARM);
      return held;
    }
    Optional<ByteBuffer> published =
        LoadStep.REGISTRY.within(span, step -> LoadStep.noted(step, cold.read(artifact)));
    if (published.isPresent()) {
      if (!isWhatWasPublished(artifact, published.get())) {
        throw new ServingException(
            ErrorCode.ARTIFACT_CORRUPT,
            "model "
                + artifact.ref()
                + ": the artifact's SHA-256 is not the one that was published");
      }
      fromRegistry.incrementAndGet();
      from.accept(Tier.REGISTRY);
      if (warm != null) {
        warm.fill(artifact, published.get(), warmFailures);
      }
    }
    return published;
  }

  private Optional<ByteBuffer> readWarm(WarmTier warm, ArtifactDescriptor artifact) {
    Optional<ByteBuffer> held = warm.read(artifact, warmFailures);
    if (held.isPresent() && !isWhatWasPublished(artifact, held.get())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "model {0}: the warm store held other bytes; they are fetched anew",
          artifact.ref());
      warm.drop(artifact, warmFailures);
      return Optional.empty();
    }
    return held;
  }

  private static boolean isWhatWasPublished(ArtifactDescriptor artifact, ByteBuffer bytes) {
    return bytes.remaining() == artifact.sizeBytes()
        && ArtifactDigest.of(bytes).equals(artifact.digest());
  }

  @Override
  public void close() {
    if (node != null) {
      node.close();
    }
    if (warm != null) {
      warm.close();
    }
    cold.close();
  }
}
