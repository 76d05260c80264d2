package io.manymodels.config;

/** The part of the system that reads a variable. */
public enum SettingReader {
  /** The Java replicas, on Ray or in one process. */
  REPLICAS("replicas"),

  /** The Java replicas on Ray only. */
  RAY_REPLICAS("replicas on Ray"),

  /** The application in one process only. */
  SERVE("`serve`"),

  /** The processes of Ray's HTTP proxy. */
  PROXY("proxy"),

  /** Serve's controller. */
  CONTROLLER("controller"),

  /** {@code ./many-models}. */
  LAUNCHER("launcher"),

  /** The commands of {@code ./many-models} that run on the JVM. */
  COMMANDS("commands");

  private final String title;

  SettingReader(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }
}
