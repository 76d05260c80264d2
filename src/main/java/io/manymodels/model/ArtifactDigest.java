package io.manymodels.model;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The SHA-256 of an artifact's bytes, as 64 lower-case hexadecimal digits. */
public record ArtifactDigest(String hex) {
  private static final Pattern VALID = Pattern.compile("[0-9a-f]{64}");

  /** Throws {@link IllegalArgumentException} unless {@code hex} is 64 lower-case hex digits. */
  public ArtifactDigest {
    if (!VALID.matcher(hex).matches()) {
      throw new IllegalArgumentException("a SHA-256 digest is 64 lower-case hexadecimal digits");
    }
  }

  /** The digest of the buffer's remaining bytes; its position does not move. */
  public static ArtifactDigest of(ByteBuffer bytes) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(bytes.duplicate());
      return new ArtifactDigest(HexFormat.of().formatHex(sha256.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "sha256:" + hex;
  }
}
