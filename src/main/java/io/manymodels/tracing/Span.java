package io.manymodels.tracing;

import org.jspecify.annotations.Nullable;

/**
 * A part of what a request does: it has a name, begins when it is made, and ends. Thread-safe; no
 * method blocks or throws.
 *
 * <p>Keys and values say what was done and never hold a feature, a secret, or text of a client that
 * is not bounded.
 */
public interface Span {
  /** Nothing is known or recorded of the request. */
  Span NONE = new NamedSpan("", null);

  /** Begins a part of this one; itself where nothing is recorded. */
  Span child(String name);

  /** Notes something; until the end. */
  void put(String key, String value);

  /** Notes a number; until the end. */
  void put(String key, long value);

  /**
   * Notes that it failed.
   *
   * @param code of the failure, as docs/errors.md has it
   */
  void failed(String code);

  /** Ends; once. */
  void end();

  /** What names it to another process; null when it belongs to no trace. */
  @Nullable TraceContext context();

  /** The id of the request; empty when it is not known. */
  String requestId();
}
