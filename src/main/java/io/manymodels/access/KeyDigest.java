package io.manymodels.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The SHA-256 of an API key or token, by which it is looked up: how long a look takes tells nothing
 * of the key, and nobody can read keys out of the file or the memory. An API key is 32 random
 * bytes, so its digest needs no salt.
 */
public record KeyDigest(long first, long second, long third, long fourth) {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  /** Of the text as UTF-8. */
  public static KeyDigest of(String key) {
    try {
      return of(ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8))));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static KeyDigest of(ByteBuffer bytes) {
    return new KeyDigest(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
  }

  /** Throws {@link IllegalArgumentException} unless these are 64 lower-case hex digits. */
  public static KeyDigest ofHex(String hex) {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "key 'key_sha256': expected 64 lower-case hexadecimal digits");
    }
    return of(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }

  /** 64 lower-case hex digits. */
  public String hex() {
    HexFormat format = HexFormat.of();
    return format.toHexDigits(first)
        + format.toHexDigits(second)
        + format.toHexDigits(third)
        + format.toHexDigits(fourth);
  }
}
