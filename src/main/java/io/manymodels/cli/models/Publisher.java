package io.manymodels.cli.models;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.json.ModelsJson.Published;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Publishes one model after the other: checks it, gives it a version, sees to what is live.
 * Thread-safe.
 */
final class Publisher {
  private static final int MAX_ATTEMPTS = 50;

  private final WritableModelRegistry registry;
  private final ModelCheck check;
  private final boolean repeatable;
  private final Ticker ticker;

  /**
   * Publishes to the registry what passes the check.
   *
   * @param repeatable whether a version that is there with the same bytes is as good as published,
   *     so that what was interrupted can be begun anew
   */
  Publisher(WritableModelRegistry registry, ModelCheck check, boolean repeatable, Ticker ticker) {
    this.registry = registry;
    this.check = check;
    this.repeatable = repeatable;
    this.ticker = ticker;
  }

  /**
   * A model that is to be published.
   *
   * @param version none for the one after the highest
   * @param stated what its publisher says of it
   * @param live whether it becomes live; a tenant's first version is live in any case
   */
  record Candidate(
      TenantId tenant,
      Optional<ModelVersion> version,
      String description,
      StatedUsage stated,
      boolean live) {}

  /** Throws {@link ServingException}, and {@link CommandFailedException} for a bad model. */
  Published publish(Candidate candidate, ModelOnDisk model) {
    ModelRef ref = new ModelRef(candidate.tenant(), next(candidate));
    ByteBuffer bytes = check.packed(ref, model);
    ArtifactDescriptor artifact = describe(ref, model.format(), bytes);
    Optional<ArtifactDescriptor> earlier =
        candidate.version().flatMap(version -> registry.describe(ref));
    if (earlier.isPresent()) {
      return alreadyThere(candidate, artifact, earlier.get());
    }
    ArtifactDescriptor used =
        artifact.withUsage(check.usage(ref, model, bytes, candidate.stated()));
    check.check(used, model, bytes);
    ArtifactDescriptor published = store(candidate, used, bytes);
    return finish(candidate, published, Published.PUBLISHED);
  }

  private Published alreadyThere(
      Candidate candidate, ArtifactDescriptor artifact, ArtifactDescriptor earlier) {
    if (!repeatable || !earlier.digest().equals(artifact.digest())) {
      throw exists(artifact.ref());
    }
    return finish(candidate, earlier, Published.ALREADY_THERE);
  }

  private ArtifactDescriptor store(
      Candidate candidate, ArtifactDescriptor planned, ByteBuffer bytes) {
    ArtifactDescriptor artifact = planned;
    for (int attempt = 1; ; attempt++) {
      if (!candidate.live()) {
        registry.keepLive(candidate.tenant());
      }
      try {
        registry.publish(artifact, candidate.description(), bytes);
        return artifact;
      } catch (ServingException e) {
        if (e.code() != ErrorCode.VERSION_EXISTS
            || candidate.version().isPresent()
            || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
      // Another publisher's; it may not be in the list yet, when somebody copies it by hand.
      ModelVersion listed = next(candidate);
      ModelVersion taken = artifact.ref().version();
      ModelVersion higher = listed.compareTo(taken) > 0 ? listed : after(candidate, taken);
      artifact = artifact.withVersion(higher);
    }
  }

  private Published finish(Candidate candidate, ArtifactDescriptor artifact, String state) {
    if (candidate.live()) {
      registry.setLive(artifact.ref());
    }
    return Published.of(artifact, state, registry.liveVersion(candidate.tenant()));
  }

  private ModelVersion next(Candidate candidate) {
    if (candidate.version().isPresent()) {
      return candidate.version().get();
    }
    List<ModelVersion> versions = registry.versions(candidate.tenant());
    return versions.isEmpty()
        ? new ModelVersion(1)
        : after(candidate, versions.get(versions.size() - 1));
  }

  private static ModelVersion after(Candidate candidate, ModelVersion highest) {
    return highest
        .next()
        .orElseThrow(
            () ->
                CommandFailedException.failed(
                    candidate.tenant()
                        + ": no number is left above version "
                        + highest
                        + ", the highest there can be; name a free one with --version, or delete"
                        + " that version (models delete "
                        + candidate.tenant()
                        + " "
                        + highest
                        + ")"));
  }

  private ArtifactDescriptor describe(ModelRef ref, String format, ByteBuffer bytes) {
    return new ArtifactDescriptor(
        ref,
        ArtifactDigest.of(bytes),
        bytes.remaining(),
        format,
        ticker.now().truncatedTo(ChronoUnit.MILLIS));
  }

  private static ServingException exists(ModelRef ref) {
    return new ServingException(
        ErrorCode.VERSION_EXISTS, ref + " is published already; versions never change");
  }
}
