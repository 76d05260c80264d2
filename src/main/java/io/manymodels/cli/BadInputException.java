package io.manymodels.cli;

/** The user gave something that is not allowed; the message names it, its value and what is. */
final class BadInputException extends RuntimeException {
  private static final int MAX_QUOTED = 200;

  BadInputException(String message) {
    super(message);
  }

  /** {@code option 'value': allowed}. */
  static BadInputException of(String option, String value, String allowed) {
    String shown = value.length() <= MAX_QUOTED ? value : value.substring(0, MAX_QUOTED) + "...";
    return new BadInputException(option + " '" + shown + "': " + allowed);
  }
}
