package io.manymodels.quota;

/** One who has a quota. */
record Subject(Kind kind, String name) {
  enum Kind {
    TENANT,
    CALLER
  }

  static Subject tenant(String name) {
    return new Subject(Kind.TENANT, name);
  }

  static Subject caller(String name) {
    return new Subject(Kind.CALLER, name);
  }

  /** For people, and in reports: {@code tenant 'tenant29'}. */
  @Override
  public String toString() {
    return (kind == Kind.TENANT ? "tenant '" : "caller '") + name + "'";
  }
}
