package io.manymodels.inference;

/**
 * Thrown by the constructor of a {@link ModelLoader} that cannot work on this machine, now or later
 * in this process. The message is one line that says why, and what helps; it may name folders of
 * the machine, so it is for the log and for who starts the process, not for callers.
 */
public final class LoaderUnavailableException extends RuntimeException {
  public LoaderUnavailableException(String message) {
    super(message);
  }

  public LoaderUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
