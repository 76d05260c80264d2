package io.manymodels.loading;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tracing.Span;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

/** A step of a load that has a span of its own. */
enum LoadStep {
  /** The registry is asked for the live version. */
  LOOKUP("load.lookup"),
  /** The cache of the node is asked for the artifact, and what it lacks fetched. */
  NODE("load.node"),
  /** The warm store is asked. */
  WARM("load.warm"),
  /** The registry's own store is asked. */
  REGISTRY("load.registry"),
  /** A loader makes a model of the bytes, and tries it. */
  MODEL("load.model");

  private final String title;

  LoadStep(String title) {
    this.title = title;
  }

  /** Does this step within a span, which is a part of the one given. */
  <T> T within(Span parent, Function<Span, T> doing) {
    if (parent == Span.NONE) {
      return doing.apply(parent);
    }
    Span span = parent.child(title);
    try {
      return doing.apply(span);
    } catch (RuntimeException | Error e) {
      ErrorCode code = e instanceof ServingException known ? known.code() : ErrorCode.LOAD_FAILED;
      span.failed(code.wireName());
      throw e;
    } finally {
      span.end();
    }
  }

  /** Notes what a tier had. */
  static Optional<ByteBuffer> noted(Span span, Optional<ByteBuffer> found) {
    if (span != Span.NONE) {
      span.put("mms.found", found.isPresent() ? 1 : 0);
      found.ifPresent(bytes -> span.put("mms.bytes", bytes.remaining()));
    }
    return found;
  }
}
