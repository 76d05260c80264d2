package io.manymodels.tools.chaos;

import io.manymodels.threads.Threads;
import io.manymodels.time.Ticker;
import io.manymodels.tools.chaos.ScoreConnection.Response;
import io.manymodels.tools.chaos.ScoreExchange.Answer;
import io.manymodels.tools.chaos.Traffic.Due;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends scores when they are due, whether or not earlier ones have been answered, as long as one of
 * its threads is free; a request that has to wait for one is late, and its latency counts from when
 * it was due. A request whose connection breaks is sent again, as whoever calls something
 * idempotent does. Thread-safe.
 */
final class LoadClient implements AutoCloseable {
  private static final int MAX_RETRIES = 3;
  private static final long RETRY_MILLIS = 50;

  /** Longer than the longest deadline that a request has. */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  private static final Duration END = Duration.ofSeconds(60);

  private final ScoreAddresses endpoints;
  private final Traffic traffic;
  private final Consumer<ScoreExchange> seen;
  private final Ticker ticker;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  /**
   * @param seen takes every exchange, from many threads
   */
  LoadClient(
      ScoreAddresses endpoints, Traffic traffic, Consumer<ScoreExchange> seen, Ticker ticker) {
    this.endpoints = endpoints;
    this.traffic = traffic;
    this.seen = seen;
    this.ticker = ticker;
  }

  /** Begins, with so many requests at once at most. */
  void start(String name, int atOnce) {
    for (int i = 0; i < atOnce; i++) {
      Thread thread = Threads.daemon(name + "-" + i, new Worker()::run);
      thread.start();
      threads.add(thread);
    }
  }

  long answered() {
    return answered.get();
  }

  long failed() {
    return failed.get();
  }

  /** No more requests; returns when those under way have ended. */
  @Override
  public void close() {
    stopped.countDown();
    long end = ticker.nanos() + END.toNanos();
    for (Thread thread : threads) {
      try {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - ticker.nanos())));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** One request at a time, over connections of its own. Thread-confined. */
  private final class Worker {
    private final @Nullable ScoreConnection[] connections =
        new @Nullable ScoreConnection[endpoints.addresses().size()];

    void run() {
      try {
        for (Due due = traffic.next(); !stopsBefore(due); due = traffic.next()) {
          ScoreExchange exchange = ask(due);
          (exchange.ok() ? answered : failed).incrementAndGet();
          seen.accept(exchange);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        for (int i = 0; i < connections.length; i++) {
          drop(i);
        }
      }
    }

    private boolean stopsBefore(Due due) throws InterruptedException {
      long left = due.nanos() - ticker.nanos();
      return left > 0 ? stopped.await(left, TimeUnit.NANOSECONDS) : stopped.getCount() == 0;
    }

    private ScoreExchange ask(Due due) throws InterruptedException {
      int endpoint = endpoints.of(due.number());
      byte[] request = request(endpoints.addresses().get(endpoint), due.tenant());
      long sent = ticker.nanos();
      int retries = 0;
      while (true) {
        try {
          Response response = connection(endpoint).exchange(request);
          long now = ticker.nanos();
          closeIfAsked(endpoint);
          return exchange(due, sent, now, endpoint, retries, response);
        } catch (IOException e) {
          drop(endpoint);
        }
        if (retries == MAX_RETRIES || stopped.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
          return new ScoreExchange(
              due.nanos(),
              sent,
              ticker.nanos(),
              due.tenant(),
              endpoint,
              retries,
              0,
              ScoreExchange.NO_ANSWER,
              Answer.NONE);
        }
        retries++;
      }
    }

    private ScoreConnection connection(int endpoint) throws IOException {
      @Nullable ScoreConnection known = connections[endpoint];
      if (known != null) {
        return known;
      }
      ScoreConnection fresh = new ScoreConnection(endpoints.addresses().get(endpoint), SILENCE);
      connections[endpoint] = fresh;
      return fresh;
    }

    private void closeIfAsked(int endpoint) {
      @Nullable ScoreConnection known = connections[endpoint];
      if (known != null && known.closing()) {
        drop(endpoint);
      }
    }

    private void drop(int endpoint) {
      @Nullable ScoreConnection known = connections[endpoint];
      if (known != null) {
        known.close();
        connections[endpoint] = null;
      }
    }
  }

  private static ScoreExchange exchange(
      Due due, long sent, long now, int endpoint, int retries, Response response) {
    ScoreReply reply = ScoreReply.of(response.status(), response.body());
    return new ScoreExchange(
        due.nanos(),
        sent,
        now,
        due.tenant(),
        endpoint,
        retries,
        response.status(),
        reply.problem(),
        reply.answer());
  }

  private static byte[] request(InetSocketAddress server, int tenant) {
    String body = "{\"tenant\":\"" + ScoreReply.TENANT_PREFIX + tenant + "\",\"data\":[[0,0,0,0]]}";
    String head =
        "POST /score HTTP/1.1\r\nHost: "
            + server.getHostString()
            + ":"
            + server.getPort()
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    return (head + body).getBytes(StandardCharsets.US_ASCII);
  }
}
