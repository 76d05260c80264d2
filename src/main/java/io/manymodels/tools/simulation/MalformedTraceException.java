package io.manymodels.tools.simulation;

/** Thrown when a file is not a trace. The message is one line: file, number of the line, reason. */
public final class MalformedTraceException extends Exception {
  public MalformedTraceException(String file, long line, String reason) {
    super(file + ":" + line + ": " + reason);
  }
}
