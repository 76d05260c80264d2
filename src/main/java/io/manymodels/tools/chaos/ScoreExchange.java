package io.manymodels.tools.chaos;

/**
 * One request and its outcome. Times are nanoseconds of the history's clock.
 *
 * @param dueNanos when it was to be sent
 * @param sentNanos when it was sent, not before it was due
 * @param answeredNanos when the answer was there, or nobody waited for it any more
 * @param tenant the number of the tenant that asked
 * @param endpoint which of the addresses was asked, from 0 on
 * @param retries how often the connection broke before
 * @param status of HTTP; 0 when there was no answer
 * @param problem the problem's code without its prefix; {@link #NO_ANSWER} when there was no
 *     answer, {@link #NO_PROBLEM} for a 200, {@link #NOT_READABLE} for what no client understands
 * @param answer what a 200 said; {@link Answer#NONE} otherwise
 */
record ScoreExchange(
    long dueNanos,
    long sentNanos,
    long answeredNanos,
    int tenant,
    int endpoint,
    int retries,
    int status,
    String problem,
    Answer answer) {
  static final String NO_PROBLEM = "";
  static final String NO_ANSWER = "no-answer";
  static final String NOT_READABLE = "not-readable";
  static final int OK = 200;

  /**
   * The content of an answer.
   *
   * @param deployment the Serve name; empty when none is known
   * @param model the number of the tenant whose model computed it; -1 for a name that has none
   * @param version of the model
   * @param prediction for the one row that was sent
   */
  record Answer(String deployment, int model, int version, long prediction) {
    static final Answer NONE = new Answer("", -1, 0, 0);
  }

  boolean ok() {
    return status == OK && problem.isEmpty();
  }
}
