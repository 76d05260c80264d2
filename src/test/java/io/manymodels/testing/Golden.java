package io.manymodels.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Texts in src/test/resources that pin a format byte for byte, so that a change of the format shows
 * in a diff. Each file ends with one line feed that is not part of the text. A comparison that
 * fails leaves the text that it got in target/golden, ready to be copied when the change is wanted.
 */
public final class Golden {
  private static final Path ACTUAL = Path.of("target", "golden");

  private Golden() {}

  /**
   * Compares.
   *
   * @param name of the file, relative to the folder {@code golden} beside {@code owner}
   */
  public static void assertUnchanged(Class<?> owner, String name, String actual) {
    Path copy = ACTUAL.resolve(owner.getPackageName().replace('.', '/')).resolve(name);
    try {
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      Files.writeString(copy, actual + "\n");
      assertThat(actual)
          .as("%s differs; what it is now is in %s", name, copy)
          .isEqualTo(read(owner, name));
      Files.delete(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a file; empty when there is no such file. */
  public static String read(Class<?> owner, String name) {
    try (InputStream in = owner.getResourceAsStream("golden/" + name)) {
      String text = in == null ? "" : new String(in.readAllBytes(), UTF_8);
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
