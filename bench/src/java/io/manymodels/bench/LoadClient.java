package io.manymodels.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Asks over kept-alive connections and checks every answer. One thread reads all answers, so that
 * it takes little of the CPUs that it shares with what it measures; in an open loop, another one
 * sends what arrives. One process serves a whole bench, so that its code is compiled when it
 * matters.
 *
 * <p>Reads commands from standard input, one a line, fields separated by tabs, and prints one line
 * of JSON for each:
 *
 * <pre>port connections seconds requests rate questions-file sequence-file result-file slow-file
 * </pre>
 *
 * <ul>
 *   <li>rate 0, a closed loop: a connection sends the next question of the sequence when it has the
 *       answer to its last one, so that questions are sent in order.
 *   <li>Another rate, an open loop: questions arrive as a Poisson process and wait for a free
 *       connection; their latency counts from the arrival, so that a server that stalls cannot hide
 *       those that it kept from being sent. Requests without an answer some seconds after the end
 *       are counted as unanswered.
 * </ul>
 *
 * A command ends after the seconds, or after so many requests (0: no such limit); without either
 * limit, with the sequence, which otherwise begins again. The questions file has a line a {@link
 * Question}; the sequence file the numbers of its lines, from 0, in the order of asking ({@code -}:
 * one after the other). Answers 429 are counted and timed by themselves; any other but 200 with the
 * right body is an error and in no latency. The result file ({@code -} for none) has a line {@code
 * millis,label,status,name} for each request in the order of sending. The slow file ({@code -} for
 * none) has the {@link SlowRequests}. Ends with its input.
 */
public final class LoadClient {
  // The lock of this object guards the connections and what is counted.
  private static final int MAX_ERRORS = 10_000;
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int OK = 200;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final long LOOK_MILLIS = 100;
  private static final long MAX_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(40);
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Command command;
  private final Question[] order;
  private final Selector selector;
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private final ArrayDeque<Long> backlog = new ArrayDeque<>();
  private final Connection[] connections;
  private final Seen seen;
  private final SlowRequests slow = new SlowRequests();
  private final long startNanos;
  private final long endNanos;
  private final long most;
  private long asked;
  private int inFlight;
  private long lastAnswerNanos;

  private LoadClient(Command command, Selector selector) throws IOException {
    this.command = command;
    this.selector = selector;
    order = command.order();
    most = command.most(order.length);
    seen = new Seen(!command.results().isEmpty());
    InetSocketAddress server = new InetSocketAddress("127.0.0.1", command.port());
    connections = new Connection[command.connections()];
    Arrays.setAll(connections, i -> new Connection(server, selector));
    idle.addAll(Arrays.asList(connections));
    startNanos = System.nanoTime();
    lastAnswerNanos = startNanos;
    endNanos =
        command.seconds() > 0 ? startNanos + (long) (command.seconds() * 1e9) : Long.MAX_VALUE;
  }

  /** Runs commands until the input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try (Selector selector = Selector.open()) {
        System.out.println(new LoadClient(Command.parse(line), selector).run());
        System.out.flush();
      }
    }
  }

  private String run() throws IOException, InterruptedException {
    long unanswered = 0;
    try {
      if (command.ratePerSecond() > 0) {
        unanswered = openLoop();
      } else {
        closedLoop();
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    if (!command.results().isEmpty()) {
      seen.write(Path.of(command.results()));
    }
    if (!command.slow().isEmpty()) {
      slow.write(Path.of(command.slow()));
    }
    long end = Math.max(System.nanoTime(), startNanos + 1);
    return seen.json((end - startNanos) / 1e9, unanswered);
  }

  private void closedLoop() throws IOException {
    do {
      synchronized (this) {
        while (!idle.isEmpty() && isOn(System.nanoTime())) {
          ask(System.nanoTime());
        }
      }
      awaitAnswers();
    } while (isWaiting() || isOn(System.nanoTime()));
  }

  private synchronized boolean isOn(long now) {
    return now < endNanos && asked < most && seen.errors() < MAX_ERRORS;
  }

  private synchronized boolean isWaiting() {
    return inFlight > 0 || !backlog.isEmpty();
  }

  /** Returns how many arrivals got no answer. */
  private long openLoop() throws IOException, InterruptedException {
    connectAll();
    Arrivals arrivals = new Arrivals(startNanos, command.ratePerSecond());
    Pacer pacer = new Pacer(arrivals, endNanos, this::arrived);
    pacer.start();
    try {
      while ((pacer.isAlive() || isWaiting()) && System.nanoTime() - DRAIN_NANOS < endNanos) {
        awaitAnswers();
      }
    } finally {
      pacer.interrupt();
      pacer.join();
    }
    synchronized (this) {
      return inFlight + backlog.size();
    }
  }

  /** Ahead of the first arrivals; one that cannot connect tries again when it has to. */
  private synchronized void connectAll() {
    for (Connection connection : connections) {
      try {
        connection.connect();
      } catch (IOException e) {
        failed(connection, e);
      }
    }
  }

  /** Called by the pacer. */
  private synchronized boolean arrived(long dueNanos) {
    if (idle.isEmpty()) {
      backlog.add(dueNanos);
    } else {
      ask(dueNanos);
    }
    return asked + backlog.size() < most && seen.errors() < MAX_ERRORS;
  }

  private void ask(long dueNanos) {
    Connection connection = idle.pop();
    long now = System.nanoTime();
    connection.asked = order[(int) (asked % order.length)];
    connection.number = asked++;
    connection.dueNanos = dueNanos;
    connection.sentMillis = (int) TimeUnit.NANOSECONDS.toMillis(now - startNanos);
    seen.late(now - dueNanos);
    inFlight++;
    try {
      connection.send(out);
    } catch (IOException e) {
      failed(connection, e);
    }
  }

  private void awaitAnswers() throws IOException {
    if (selector.select(this::ready, LOOK_MILLIS) > 0) {
      lastAnswerNanos = System.nanoTime();
    } else if (System.nanoTime() - lastAnswerNanos > MAX_ANSWER_NANOS) {
      for (Connection connection : connections) {
        giveUp(connection);
      }
      lastAnswerNanos = System.nanoTime();
    }
  }

  private synchronized void giveUp(Connection connection) {
    if (connection.asked != null) {
      failed(connection, new IOException("no answer for 40 s"));
      askWaiting();
    }
  }

  private synchronized void ready(SelectionKey key) {
    Connection connection = (Connection) key.attachment();
    try {
      if (connection.read(in) && connection.asked != null) {
        answered(connection, System.nanoTime());
      }
    } catch (IOException | RuntimeException e) {
      failed(connection, e);
    }
    askWaiting();
  }

  private void answered(Connection connection, long now) throws IOException {
    Question question = connection.asked;
    int status = connection.status();
    int length = status == OK ? connection.nameLength(question) : -1;
    if (status == TOO_MANY_REQUESTS) {
      seen.refused(now - connection.dueNanos);
    } else if (length >= 0) {
      seen.right(connection, now - connection.dueNanos, length);
      slow.answered(connection.dueNanos, now);
    } else {
      seen.wrong(connection, status, status + " " + connection.body());
    }
    connection.closeIfEnding();
    free(connection);
  }

  /** A server may end a connection on which nothing is asked. */
  private void failed(Connection connection, Exception cause) {
    try {
      connection.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    if (connection.asked != null) {
      seen.wrong(connection, 0, cause.toString());
      free(connection);
    }
  }

  private void free(Connection connection) {
    connection.asked = null;
    inFlight--;
    idle.push(connection);
  }

  private void askWaiting() {
    while (!backlog.isEmpty() && !idle.isEmpty() && seen.errors() < MAX_ERRORS) {
      ask(backlog.remove());
    }
  }
}
