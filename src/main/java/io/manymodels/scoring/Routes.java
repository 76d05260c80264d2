package io.manymodels.scoring;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.threads.Completions;
import io.manymodels.tracing.Span;
import org.jspecify.annotations.Nullable;

/** The spans of requests on their way from place to place. Stateless. */
final class Routes {
  private Routes() {}

  /** Ends a span with what has become of the request. */
  static void end(Span route, @Nullable Scored scored, @Nullable Throwable failure) {
    if (route == Span.NONE) {
      return;
    }
    if (scored != null) {
      route.put("mms.deployment", scored.deployment());
      route.put("mms.waited_for_load", scored.predicted().waited() ? 1 : 0);
    } else {
      ErrorCode code =
          failure != null && Completions.cause(failure) instanceof ServingException known
              ? known.code()
              : ErrorCode.INTERNAL;
      route.failed(code.wireName());
    }
    route.end();
  }
}
