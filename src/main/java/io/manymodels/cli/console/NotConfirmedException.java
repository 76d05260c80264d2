package io.manymodels.cli.console;

/** The application gave no answer that could be believed; the message says what it did. */
public final class NotConfirmedException extends Exception {
  public NotConfirmedException(String message) {
    super(message);
  }
}
