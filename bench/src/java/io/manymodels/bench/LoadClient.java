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
 * Asks over kept-alive connections and checks every answer; one thread for all of them, so that it
 * takes little of the CPUs that it shares with what it measures. One process serves a whole bench,
 * so that its code is compiled when it matters.
 *
 * <p>Reads commands from standard input, one a line, fields separated by tabs, and prints one line
 * of JSON for each:
 *
 * <pre>port connections seconds requests rate questions-file sequence-file result-file</pre>
 *
 * <ul>
 *   <li>rate 0, a closed loop: a connection sends the next question of the sequence when it has the
 *       answer to its last one, so that questions are sent in order.
 *   <li>Another rate, an open loop: questions arrive as a Poisson process and wait for a free
 *       connection; their latency counts from the arrival, so that a server that stalls cannot hide
 *       those that it kept from being sent. What is not answered some seconds after the end is
 *       counted as unanswered.
 * </ul>
 *
 * A command ends after the seconds, or after so many requests (0: no such limit); without either
 * limit, with the sequence, which otherwise begins again. The questions file has a line a {@link
 * Question}; the sequence file the numbers of its lines, from 0, in the order of asking ({@code -}:
 * one after the other). Any answer but 200 with the right body is an error and in no latency. The
 * result file ({@code -} for none) has a line {@code millis,label,status,name} for each request in
 * the order of sending. Ends with its input.
 */
public final class LoadClient {
  private static final int MOST_ERRORS = 10_000;
  private static final int SCRATCH_BYTES = 64 * 1024;
  private static final int OK = 200;
  private static final long LOOK_MILLIS = 100;
  private static final long LONGEST_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(40);
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Command command;
  private final Question[] order;
  private final Selector selector;
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private final Connection[] connections;
  private final Seen seen;
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
    long end = Math.max(System.nanoTime(), startNanos + 1);
    return seen.json((end - startNanos) / 1e9, unanswered);
  }

  private void closedLoop() throws IOException {
    do {
      while (!idle.isEmpty() && isOn(System.nanoTime())) {
        ask(System.nanoTime());
      }
      if (inFlight > 0) {
        awaitAnswers(LOOK_MILLIS);
      }
    } while (inFlight > 0 || isOn(System.nanoTime()));
  }

  private boolean isOn(long now) {
    return now < endNanos && asked < most && seen.errors() < MOST_ERRORS;
  }

  /** Returns how many arrivals got no answer. */
  private long openLoop() throws IOException, InterruptedException {
    Arrivals arrivals = new Arrivals(startNanos, command.ratePerSecond());
    Pacer pacer =
        new Pacer(selector, new Arrivals(startNanos, command.ratePerSecond()), endNanos);
    pacer.start();
    try {
      long due = arrivals.next();
      while ((due < endNanos && asked < most || inFlight > 0) && !isLost()) {
        for (long now = System.nanoTime();
            due <= now && due < endNanos && asked < most && !idle.isEmpty();
            now = System.nanoTime()) {
          seen.late(now - due);
          ask(due);
          due = arrivals.next();
        }
        awaitAnswers(LOOK_MILLIS);
      }
      long unanswered = inFlight;
      for (; due < endNanos && asked < most; due = arrivals.next()) {
        asked++;
        unanswered++;
      }
      return unanswered;
    } finally {
      pacer.interrupt();
      pacer.join();
    }
  }

  private boolean isLost() {
    return seen.errors() >= MOST_ERRORS || System.nanoTime() - DRAIN_NANOS > endNanos;
  }

  private void ask(long dueNanos) throws IOException {
    Connection connection = idle.pop();
    Question question = order[(int) (asked % order.length)];
    connection.asked = question;
    connection.number = asked++;
    connection.dueNanos = dueNanos;
    connection.sentMillis = (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    inFlight++;
    try {
      connection.send(question.request(), scratch);
    } catch (IOException e) {
      failed(connection, e);
    }
  }

  private void awaitAnswers(long millis) throws IOException {
    if (selector.select(this::ready, millis) > 0) {
      lastAnswerNanos = System.nanoTime();
    } else if (inFlight > 0 && System.nanoTime() - lastAnswerNanos > LONGEST_ANSWER_NANOS) {
      for (Connection connection : connections) {
        if (connection.asked != null) {
          failed(connection, new IOException("no answer for 40 s"));
        }
      }
      lastAnswerNanos = System.nanoTime();
    }
  }

  private void ready(SelectionKey key) {
    Connection connection = (Connection) key.attachment();
    try {
      if (connection.read(scratch) && connection.asked != null) {
        answered(connection, System.nanoTime());
      }
    } catch (IOException | RuntimeException e) {
      failed(connection, e);
    }
  }

  private void answered(Connection connection, long now) throws IOException {
    Question question = connection.asked;
    int status = connection.status();
    int length = status == OK ? connection.nameLength(question) : -1;
    if (length >= 0) {
      int from = connection.bodyStart() + question.head().length;
      seen.right(connection, now - connection.dueNanos, connection.bytes(), from, length);
    } else {
      seen.wrong(connection, status, status + " " + connection.body());
    }
    free(connection);
    connection.closeIfEnding();
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
}
