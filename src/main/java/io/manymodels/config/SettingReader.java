package io.manymodels.config;

/** The part of the system that reads a variable. */
public enum SettingReader {
  /** The Java replicas. */
  REPLICAS("replicas"),

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
