package io.manymodels.tools.chaos;

import io.manymodels.json.Json;
import io.manymodels.time.Ticker;
import io.manymodels.tools.chaos.Event.Started;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts load on a running system while another process breaks it and announces each step. That
 * process writes commands, one line of JSON each, and waits for the answer to each. So the time of
 * an event, which is when its line is read, lies before the step that follows the answer, and after
 * the step before the line. Thread-confined; the load has threads of its own.
 */
public final class ChaosSession {
  private static final int BOOST_AT_ONCE = 32;

  private final Settings settings;
  private final Ticker ticker;

  /**
   * The load, and the addresses that it is sent to.
   *
   * @param tenants those numbered from 1 on are asked
   * @param watched of these, who are asked all the time
   * @param requestsPerSecond on average
   * @param atOnce requests under way at most
   * @param folder for the history
   * @param overflow the deployment that may answer every tenant
   */
  public record Settings(
      ScoreAddresses endpoints,
      int tenants,
      List<Integer> watched,
      double requestsPerSecond,
      int atOnce,
      long seed,
      Path folder,
      String overflow) {
    public Settings {
      watched = List.copyOf(watched);
    }
  }

  /**
   * One thing to do.
   *
   * @param event to be written down; the first is STARTED and starts the load
   * @param boost another stream of requests, beside the load
   * @param calm ends the boost
   * @param finish ends all; the answer is the verdict
   */
  record Command(
      @Nullable EventLine event,
      @Nullable Boost boost,
      @Nullable Boolean calm,
      @Nullable Boolean finish) {}

  /** Requests of these tenants by turns. */
  record Boost(List<Integer> tenants, int requestsPerSecond) {
    Boost {
      if (tenants == null || tenants.isEmpty() || requestsPerSecond < 1) {
        throw new IllegalArgumentException("a boost needs tenants and requests_per_second >= 1");
      }
    }
  }

  record Progress(long answered, long failed) {}

  record Refusal(String refused) {}

  public ChaosSession(Settings settings, Ticker ticker) {
    this.settings = settings;
    this.ticker = ticker;
  }

  /**
   * Obeys commands until the one that ends the session, or their end.
   *
   * @return whether no rule was broken
   */
  public boolean run(BufferedReader commands, PrintWriter answers) throws IOException {
    boolean finished;
    try (HistoryFile history = HistoryFile.create(settings.folder());
        Streams streams = new Streams(history)) {
      finished = obey(commands, answers, streams);
    }
    return finished && judge(settings.folder(), settings.overflow(), answers);
  }

  private static boolean obey(BufferedReader commands, PrintWriter answers, Streams streams)
      throws IOException {
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      Command command;
      try {
        command = Json.read(line, Command.class);
        streams.obey(command);
      } catch (IllegalArgumentException e) {
        say(answers, new Refusal(Objects.requireNonNullElse(e.getMessage(), "not a command")));
        continue;
      }
      if (command.finish() != null) {
        return true;
      }
      say(answers, streams.progress());
    }
    return false;
  }

  /** The load, and the boost beside it. */
  private final class Streams implements AutoCloseable {
    private final HistoryFile history;
    private volatile boolean recording;
    private volatile long recordedFromNanos;
    private @Nullable LoadClient load;
    private @Nullable LoadClient boost;

    Streams(HistoryFile history) {
      this.history = history;
    }

    void obey(Command command) {
      if (command.boost() != null && boost == null) {
        Boost asked = command.boost();
        boost = start("boost", BOOST_AT_ONCE, 0, asked.tenants(), asked.requestsPerSecond());
      }
      if (command.calm() != null && boost != null) {
        boost.close();
        boost = null;
      }
      if (command.event() != null) {
        Event event = command.event().toEvent(ticker.nanos());
        history.add(event);
        if (event instanceof Started && load == null) {
          recordedFromNanos = event.atNanos();
          recording = true;
          load =
              start(
                  "load",
                  settings.atOnce(),
                  settings.tenants(),
                  settings.watched(),
                  settings.requestsPerSecond());
        }
      }
    }

    private LoadClient start(
        String name, int atOnce, int tenants, List<Integer> watched, double requestsPerSecond) {
      Traffic traffic =
          new Traffic(tenants, watched, requestsPerSecond, settings.seed(), ticker.nanos());
      LoadClient client = new LoadClient(settings.endpoints(), traffic, this::record, ticker);
      client.start(name, atOnce);
      return client;
    }

    /**
     * What was due before the history began is no part of it: so a boost can warm everything up.
     */
    private void record(ScoreExchange exchange) {
      if (recording && exchange.dueNanos() - recordedFromNanos >= 0) {
        history.add(exchange);
      }
    }

    Progress progress() {
      return load == null ? new Progress(0, 0) : new Progress(load.answered(), load.failed());
    }

    @Override
    public void close() {
      if (boost != null) {
        boost.close();
      }
      if (load != null) {
        load.close();
      }
    }
  }

  /**
   * Judges the history in the folder and prints the verdict as one line of JSON.
   *
   * @return whether no rule was broken
   */
  public static boolean judge(Path folder, String overflow, PrintWriter answers)
      throws IOException {
    Verdict verdict = new Judge(overflow).judge(HistoryFile.read(folder));
    say(answers, verdict);
    return verdict.right();
  }

  private static void say(PrintWriter answers, Object value) {
    answers.print(Json.write(value) + "\n");
    answers.flush();
  }
}
