package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The text {@code metadata.json} that lies beside every artifact in a folder or container. Keys
 * that it does not know are for somebody else.
 *
 * @param tenant whose model
 * @param version a whole number, as {@link ModelVersion} takes it
 * @param sha256 of the artifact's bytes, 64 lower-case hexadecimal digits
 * @param size of the artifact in bytes
 * @param created an ISO 8601 instant
 * @param format which loader takes it, as {@code onnx}
 * @param description for people
 * @param inputs what the model takes; null in metadata that were written without: then it is read
 *     when the model is loaded
 * @param outputs what it answers; there when {@code inputs} is
 * @param columns names of columns, for who writes metadata by hand: a list for the only input that
 *     takes several, else an object with a list for each input
 * @param missing what stands for a missing value, by column
 * @param example rows that the model answers, in one of the forms of {@code POST /score}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ArtifactMetadata(
    @Nullable String tenant,
    long version,
    @Nullable String sha256,
    long size,
    @Nullable String created,
    @Nullable String format,
    @Nullable String description,
    @Nullable List<SignatureJson.Input> inputs,
    @Nullable List<SignatureJson.Output> outputs,
    @Nullable JsonNode columns,
    @Nullable Map<String, JsonNode> missing,
    @Nullable JsonNode example) {

  /** The longest text: ten thousand columns with long names, and an example that repeats them. */
  public static final int MAX_BYTES = 2 << 20;

  /**
   * Reads the metadata of a model.
   *
   * @throws ServingException {@code LOAD_FAILED} when the text is too long or cannot be read
   */
  public static ArtifactMetadata read(ModelRef ref, ByteBuffer text) {
    if (text.remaining() > MAX_BYTES) {
      throw broken(ref, "is larger than " + MAX_BYTES + " bytes");
    }
    try {
      return Json.read(text, ArtifactMetadata.class);
    } catch (IllegalArgumentException e) {
      throw unreadable(ref, e);
    }
  }

  /**
   * Reads the artifact that the metadata of a model describe.
   *
   * @throws ServingException {@code LOAD_FAILED} when they cannot be read, or are of another model
   */
  public static ArtifactDescriptor readDescriptor(ModelRef ref, ByteBuffer text) {
    ArtifactDescriptor artifact;
    try {
      artifact = read(ref, text).toDescriptor();
    } catch (IllegalArgumentException e) {
      throw unreadable(ref, e);
    }
    if (!artifact.ref().equals(ref)) {
      throw broken(ref, "is of " + artifact.ref());
    }
    return artifact;
  }

  private static ServingException unreadable(ModelRef ref, IllegalArgumentException e) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, ref + ": metadata.json: " + e.getMessage(), e);
  }

  private static ServingException broken(ModelRef ref, String what) {
    return new ServingException(ErrorCode.LOAD_FAILED, ref + ": metadata.json " + what);
  }

  /**
   * The text that a publisher writes for this artifact.
   *
   * @throws ServingException {@code INVALID_INPUT} when it is too long
   */
  public static String write(ArtifactDescriptor artifact, @Nullable String description) {
    String text = Json.write(of(artifact, description));
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new ServingException(
          ErrorCode.INVALID_INPUT,
          artifact.ref()
              + ": its metadata have "
              + bytes
              + " bytes, more than the "
              + MAX_BYTES
              + " that are taken; give shorter names, a shorter description or a smaller example");
    }
    return text;
  }

  /** The metadata that a publisher writes for this artifact. */
  public static ArtifactMetadata of(ArtifactDescriptor artifact, @Nullable String description) {
    Usage usage = artifact.usage();
    Optional<Signature> signature = usage.signature();
    return new ArtifactMetadata(
        artifact.ref().tenant().value(),
        artifact.ref().version().number(),
        artifact.digest().hex(),
        artifact.sizeBytes(),
        artifact.created().toString(),
        artifact.format(),
        description,
        signature.map(SignatureJson::inputs).orElse(null),
        signature.map(SignatureJson::outputs).orElse(null),
        null,
        signature.map(SignatureJson::missing).orElse(null),
        usage.exampleText().isEmpty() ? null : Json.read(usage.exampleText(), JsonNode.class));
  }

  /**
   * The artifact that it describes, checked.
   *
   * @throws IllegalArgumentException naming the key that is missing or wrong
   */
  public ArtifactDescriptor toDescriptor() {
    return new ArtifactDescriptor(
        new ModelRef(new TenantId(required("tenant", tenant)), new ModelVersion(version)),
        digest(),
        size,
        required("format", format),
        instant(),
        usage());
  }

  /**
   * How the model is used, as far as the metadata say.
   *
   * @throws IllegalArgumentException naming the key that is wrong
   */
  public Usage usage() {
    Naming naming = MetadataNames.read(columns, missing);
    Optional<Signature> signature = signature(naming);
    Optional<ExampleJson> rows = rows();
    return new Usage(
        signature,
        signature.isPresent()
            ? Naming.NONE
            : naming.orSuggesting(rows.map(ExampleJson::columns).orElse(List.of())),
        rows.map(ExampleJson::rows),
        rows.map(ExampleJson::text).orElse(""));
  }

  private Optional<Signature> signature(Naming naming) {
    if (inputs == null && outputs == null) {
      return Optional.empty();
    }
    if (inputs == null || outputs == null) {
      throw new IllegalArgumentException(
          "key '" + (inputs == null ? "inputs" : "outputs") + "': missing");
    }
    try {
      return Optional.of(naming.on(SignatureJson.read(inputs, outputs)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("keys 'inputs' and 'outputs': " + e.getMessage(), e);
    }
  }

  private Optional<ExampleJson> rows() {
    if (example == null || example.isNull()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ExampleJson.stored(example));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("key 'example': " + e.getMessage(), e);
    }
  }

  private ArtifactDigest digest() {
    try {
      return new ArtifactDigest(required("sha256", sha256));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("key 'sha256': " + e.getMessage(), e);
    }
  }

  private Instant instant() {
    try {
      return Instant.parse(required("created", created));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "key 'created': expected an instant as 2026-11-23T00:00:00Z", e);
    }
  }

  private static String required(String key, @Nullable String value) {
    if (value == null) {
      throw new IllegalArgumentException("key '" + key + "': missing");
    }
    return value;
  }
}
