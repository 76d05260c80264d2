package io.manymodels.tools.simulation;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a text, ended by LF or CR LF, of a bounded length: a file without line ends does not
 * fill the memory. Thread-confined; the reader is the caller's to close.
 */
final class BoundedLines {
  private static final int BUFFER = 1 << 16;
  private final Reader reader;
  private final int maxLength;
  private final char[] buffer = new char[BUFFER];
  private final StringBuilder line = new StringBuilder();
  private int next;
  private int end;

  BoundedLines(Reader reader, int maxLength) {
    this.reader = reader;
    this.maxLength = maxLength;
  }

  /**
   * The next line; null after the last. Of a line that is too long come its first {@code maxLength
   * + 1} characters, after which there is no reading on.
   */
  @Nullable String read() throws IOException {
    line.setLength(0);
    boolean started = false;
    while (next < end || fill()) {
      started = true;
      char c = buffer[next++];
      if (c == '\n') {
        return ended();
      }
      if (line.length() > maxLength) {
        return line.toString();
      }
      line.append(c);
    }
    return started ? ended() : null;
  }

  private String ended() {
    int last = line.length() - 1;
    if (last >= 0 && line.charAt(last) == '\r') {
      line.setLength(last);
    }
    return line.toString();
  }

  private boolean fill() throws IOException {
    next = 0;
    end = Math.max(0, reader.read(buffer, 0, buffer.length));
    return end > 0;
  }
}
