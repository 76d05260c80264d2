package io.manymodels.access;

import java.util.List;

/**
 * The state of access control, as GET /status shows it.
 *
 * @param scoring {@code open} to everybody, or to {@code callers} of the file
 * @param keys API keys that the file knows
 * @param issuers of tokens
 * @param refused why the file as it is now is not in force; empty when it is
 */
public record GateStatus(String scoring, int keys, List<IssuerStatus> issuers, String refused) {
  /** Anybody may score. */
  public static final GateStatus OPEN = new GateStatus("open", 0, List.of(), "");

  public GateStatus {
    issuers = List.copyOf(issuers);
  }

  /**
   * An issuer of tokens.
   *
   * @param keys public keys that are known
   * @param failure why the last look for them failed; empty when it did not
   */
  public record IssuerStatus(String name, int keys, String failure) {}
}
