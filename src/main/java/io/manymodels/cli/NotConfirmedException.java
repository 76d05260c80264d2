package io.manymodels.cli;

/** The application gave no answer that could be believed; the message says what it did. */
final class NotConfirmedException extends Exception {
  NotConfirmedException(String message) {
    super(message);
  }
}
