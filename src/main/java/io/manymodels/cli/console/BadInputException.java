package io.manymodels.cli.console;

/** The user gave something that is not allowed; the message names it, its value and what is. */
public final class BadInputException extends RuntimeException {
  private static final int MAX_QUOTED = 200;

  public BadInputException(String message) {
    super(message);
  }

  /** {@code option 'value': allowed}. */
  public static BadInputException of(String option, String value, String allowed) {
    String shown = value.length() <= MAX_QUOTED ? value : value.substring(0, MAX_QUOTED) + "...";
    return new BadInputException(option + " '" + shown + "': " + allowed);
  }
}
