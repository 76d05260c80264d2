package io.manymodels.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A secret that a variable holds, or a file that a variable names. Shows nothing. Immutable. */
public final class Secret {
  private static final int MAX_BYTES = 64 << 10;

  private final Setting setting;
  private final String variable;
  private final @Nullable String value;
  private final Path file;

  private Secret(Setting setting, String variable, @Nullable String value, Path file) {
    this.setting = setting;
    this.variable = variable;
    this.value = value;
    this.file = file;
  }

  static Secret of(Setting setting, String value) {
    return new Secret(setting, setting.variable(), value, Path.of(""));
  }

  static Secret in(Setting setting, String fileVariable, Path file) {
    return new Secret(setting, fileVariable, null, file);
  }

  /**
   * The secret as it is now: a file is read at each call. White space around it is removed.
   *
   * @throws IllegalArgumentException when the file cannot be read, is larger than 64 KiB or does
   *     not hold such a secret; names the variable
   */
  public String read() {
    return value == null ? readFile() : value;
  }

  private String readFile() {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new IllegalArgumentException(variable + ": the file cannot be read", e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(variable + ": the file is larger than 64 KiB");
    }
    String text = new String(bytes, StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(variable + ": the file is empty");
    }
    if (!setting.takes().accepts(text)) {
      throw new IllegalArgumentException(
          variable + ": the file does not hold " + setting.takes().allowed());
    }
    return text;
  }

  @Override
  public String toString() {
    return "a secret in " + variable;
  }
}
