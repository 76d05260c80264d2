package io.manymodels.http;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;

/**
 * What the environment says of HTTP, whichever way a request comes.
 *
 * @param cors which web pages' scripts may call
 * @param packedScores whether /score takes compressed bodies
 */
public record EdgeOptions(Cors cors, boolean packedScores) {
  /** As without any setting. */
  public static final EdgeOptions DEFAULT = new EdgeOptions(Cors.OFF, false);

  /** Throws {@link IllegalArgumentException} that names the variable. */
  public static EdgeOptions from(Environment environment) {
    return new EdgeOptions(
        Cors.from(environment), environment.required(Setting.SCORE_CODINGS).equals("gzip"));
  }
}
