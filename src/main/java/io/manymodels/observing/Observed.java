package io.manymodels.observing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request that is observed until it is answered. It is told things by one thread after the other.
 */
public final class Observed {
  /** A request that is not observed. */
  public static final Observed NONE =
      new Observed(new Request("", "", "", ""), Span.NONE, null, 0, Ticker.SYSTEM);

  private static final String GRPC = "grpc";

  private final Request request;
  private final Span span;
  private final @Nullable AccessLog log;
  private final Ticker ticker;
  private final long beforeNanos;
  private final long start;
  private String caller = "";
  private String tenant = "";
  private String code = "";

  /**
   * The request as it came.
   *
   * @param protocol such as {@code http}
   * @param id its id
   */
  record Request(String protocol, String method, String path, String id) {}

  /**
   * @param log that gets a line of it; null when it gets none
   * @param arrivedMillis wall clock when it came; 0 for now
   */
  Observed(Request request, Span span, @Nullable AccessLog log, long arrivedMillis, Ticker ticker) {
    this.request = request;
    this.span = span;
    this.log = log;
    this.ticker = ticker;
    this.start = ticker.nanos();
    long before = arrivedMillis > 0 ? ticker.now().toEpochMilli() - arrivedMillis : 0;
    this.beforeNanos = Duration.ofMillis(Math.max(0, before)).toNanos();
    if (this.span != Span.NONE) {
      span.put("mms.request_id", request.id());
      boolean rpc = request.protocol().equals(GRPC);
      span.put(rpc ? "rpc.system" : "network.protocol.name", request.protocol());
      span.put(rpc ? "rpc.method" : "http.request.method", request.method());
      span.put(rpc ? "rpc.service" : "url.path", request.path());
    }
  }

  /** The span of the whole request. */
  public Span span() {
    return span;
  }

  /** The id of the request; empty when it is not observed. */
  public String id() {
    return request.id();
  }

  /** It is known now who asks, and for which tenant. */
  public void asks(String callerName, TenantId whose) {
    if (this != NONE) {
      caller = callerName;
      tenant = whose.value();
      span.put("mms.tenant", tenant);
      span.put("mms.caller", callerName);
    }
  }

  /** It fails. */
  public void failed(ErrorCode why) {
    if (this != NONE) {
      code = why.wireName();
      span.failed(code);
    }
  }

  /**
   * It is answered, and observed no longer.
   *
   * @param status of the protocol
   * @param bytes of the answer's body; -1 when they are not known
   */
  public void end(int status, long bytes) {
    if (this == NONE) {
      return;
    }
    span.put(
        request.protocol().equals(GRPC) ? "rpc.grpc.status_code" : "http.response.status_code",
        status);
    span.end();
    if (log != null) {
      long nanos = beforeNanos + ticker.nanos() - start;
      log.add(new AccessLog.Line(request, span, caller, tenant, status, code, nanos, bytes));
    }
  }
}
