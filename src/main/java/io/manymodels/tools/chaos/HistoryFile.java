package io.manymodels.tools.chaos;

import io.manymodels.json.Json;
import io.manymodels.tools.chaos.ScoreExchange.Answer;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A history in a folder: {@code exchanges}, records of 56 bytes; {@code names}, the texts in them,
 * one a line; {@code events}, one a line in JSON. Some 60 MB for a million requests, and next to
 * nothing in memory. Writing is thread-safe; reading begins when writing has ended.
 */
final class HistoryFile implements Closeable {
  private static final int RECORD_BYTES = 56;
  private static final int BUFFERED = 1_024;
  private static final String EXCHANGES = "exchanges";
  private static final String NAMES = "names";
  private static final String EVENTS = "events";

  private final Path folder;
  private final FileChannel exchanges;
  private final BufferedWriter events;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFERED * RECORD_BYTES);
  private final Map<String, Short> numbers = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private boolean closed;

  private HistoryFile(Path folder) throws IOException {
    this.folder = folder;
    exchanges =
        FileChannel.open(
            folder.resolve(EXCHANGES),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    events = Files.newBufferedWriter(folder.resolve(EVENTS));
  }

  /** Begins a history in the folder, which is made; one that is there is overwritten. */
  static HistoryFile create(Path folder) throws IOException {
    Files.createDirectories(folder);
    return new HistoryFile(folder);
  }

  /** Adds an exchange; after {@link #close} it is dropped. */
  synchronized void add(ScoreExchange exchange) {
    if (closed) {
      return;
    }
    Answer answer = exchange.answer();
    buffer
        .putLong(exchange.dueNanos())
        .putLong(exchange.sentNanos())
        .putLong(exchange.answeredNanos())
        .putLong(answer.prediction())
        .putInt(exchange.tenant())
        .putInt(answer.model())
        .putInt(answer.version())
        .putShort(number(answer.deployment()))
        .putShort(number(exchange.problem()))
        .putShort((short) exchange.status())
        .put((byte) exchange.endpoint())
        .put((byte) exchange.retries())
        .putInt(0);
    if (!buffer.hasRemaining()) {
      flush();
    }
  }

  private short number(String name) {
    return numbers.computeIfAbsent(
        name,
        unknown -> {
          if (names.size() == Short.MAX_VALUE) {
            throw new IllegalStateException("too many different names in a history");
          }
          names.add(unknown);
          return (short) (names.size() - 1);
        });
  }

  private void flush() {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        exchanges.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the history cannot be written", e);
    }
    buffer.clear();
  }

  /** Adds an event, which is in the file when this returns. */
  synchronized void add(Event event) {
    try {
      events.write(Json.write(EventLine.of(event)));
      events.newLine();
      events.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the history cannot be written", e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    flush();
    exchanges.close();
    events.close();
    Files.write(folder.resolve(NAMES), names);
  }

  /**
   * The history that was written to the folder.
   *
   * @throws IllegalArgumentException when what is there is none
   */
  static History read(Path folder) throws IOException {
    List<String> names = Files.readAllLines(folder.resolve(NAMES));
    List<Event> events = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(EVENTS))) {
      events.add(Json.read(line, EventLine.class).toEvent());
    }
    Path file = folder.resolve(EXCHANGES);
    long size = Files.size(file) / RECORD_BYTES;
    if (size > Integer.MAX_VALUE || Files.size(file) % RECORD_BYTES != 0) {
      throw new IllegalArgumentException(file + " does not hold whole exchanges");
    }
    List<Event> inOrder = List.copyOf(events);
    return new History() {
      @Override
      public List<Event> events() {
        return inOrder;
      }

      @Override
      public int size() {
        return (int) size;
      }

      @Override
      public void forEach(Consumer<ScoreExchange> consumer) {
        try {
          readAll(file, names, consumer);
        } catch (IOException e) {
          throw new UncheckedIOException("the history cannot be read", e);
        }
      }
    };
  }

  private static void readAll(Path file, List<String> names, Consumer<ScoreExchange> consumer)
      throws IOException {
    ByteBuffer in = ByteBuffer.allocate(BUFFERED * RECORD_BYTES);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(in) >= 0 || in.position() > 0) {
        in.flip();
        while (in.remaining() >= RECORD_BYTES) {
          consumer.accept(exchange(in, names));
        }
        in.compact();
      }
    }
  }

  private static ScoreExchange exchange(ByteBuffer in, List<String> names) {
    long due = in.getLong();
    long sent = in.getLong();
    long answered = in.getLong();
    long prediction = in.getLong();
    int tenant = in.getInt();
    int model = in.getInt();
    int version = in.getInt();
    String deployment = names.get(in.getShort());
    String problem = names.get(in.getShort());
    int status = in.getShort();
    int endpoint = in.get();
    int retries = in.get();
    in.getInt();
    Answer answer =
        status == ScoreExchange.OK && problem.isEmpty()
            ? new Answer(deployment, model, version, prediction)
            : Answer.NONE;
    return new ScoreExchange(
        due, sent, answered, tenant, endpoint, retries, status, problem, answer);
  }
}
