package io.manymodels.tools.chaos;

import io.manymodels.tools.chaos.Event.Ended;
import io.manymodels.tools.chaos.Event.FaultBegan;
import io.manymodels.tools.chaos.Event.Outcome;
import io.manymodels.tools.chaos.Event.PoolBegan;
import io.manymodels.tools.chaos.Event.Started;
import io.manymodels.tools.chaos.Event.SwitchBegan;
import io.manymodels.tools.chaos.ScoreExchange.Answer;
import io.manymodels.tools.fleet.FleetKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Histories of a system that keeps all promises: a model of it, in which every change happens at
 * one moment between its beginning and its confirmation, and every request is answered at one
 * moment between being sent and being answered.
 */
final class Histories {
  static final String OVERFLOW = "Deploymentx";
  static final List<String> HOT = List.of("Deployment1", "Deployment2");
  static final String LOST = "no-replica";
  static final int TENANTS = 6;
  private static final List<Outcome> OUTCOMES = List.of(Outcome.values());
  private static final long LENGTH = 10_000;
  private static final int REQUESTS = 400;

  private final Random random;
  private final List<Event> events = new ArrayList<>();
  private final Map<Integer, TreeMap<Long, Integer>> live = new HashMap<>();
  private final TreeMap<Long, Map<Integer, String>> pools = new TreeMap<>();
  private final List<Broken> broken = new ArrayList<>();

  private record Broken(String home, long from, long to) {}

  private Histories(long seed) {
    random = new Random(seed);
  }

  /** A right history; the same for the same seed. */
  static History right(long seed) {
    return new Histories(seed).make();
  }

  private History make() {
    Map<Integer, String> pool = pool();
    pools.put(0L, pool);
    for (int tenant = 1; tenant <= TENANTS; tenant++) {
      live.put(tenant, new TreeMap<>(Map.of(Long.MIN_VALUE, 1)));
      switches(tenant);
    }
    changes();
    faults();
    events.sort(Comparator.comparingLong(Event::atNanos));
    events.add(0, new Started(0, "start", 1, pool));
    List<ScoreExchange> exchanges = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      exchanges.add(exchange());
    }
    return History.of(events, exchanges);
  }

  private Map<Integer, String> pool() {
    Map<Integer, String> pool = new HashMap<>();
    for (int tenant = 1; tenant <= TENANTS; tenant++) {
      if (random.nextBoolean()) {
        pool.put(tenant, HOT.get(random.nextInt(HOT.size())));
      }
    }
    return pool;
  }

  private void switches(int tenant) {
    long now = 100L + random.nextInt(500);
    for (int version = 2; now < LENGTH; version++) {
      String id = "switch " + tenant + "." + version;
      events.add(new SwitchBegan(now, id, tenant, version));
      long happens = now + random.nextInt(200);
      long ends = happens + random.nextInt(200);
      Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
      if (happened(outcome)) {
        live.get(tenant).put(happens, version);
      }
      events.add(new Ended(ends, id, outcome));
      now = ends + 1L + random.nextInt(1_500);
    }
  }

  private void changes() {
    long now = 100L + random.nextInt(500);
    for (int number = 1; now < LENGTH; number++) {
      String id = "pool " + number;
      Map<Integer, String> pool = pool();
      events.add(new PoolBegan(now, id, pool));
      long happens = now + random.nextInt(300);
      long ends = happens + random.nextInt(300);
      Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
      if (happened(outcome)) {
        pools.put(happens, pool);
      }
      events.add(new Ended(ends, id, outcome));
      now = ends + 1L + random.nextInt(2_000);
    }
  }

  private boolean happened(Outcome outcome) {
    return outcome == Outcome.DONE || (outcome == Outcome.UNKNOWN && random.nextBoolean());
  }

  private void faults() {
    long now = 1_000L + random.nextInt(500);
    for (int number = 1; now < LENGTH; number++) {
      String home = HOT.get(random.nextInt(HOT.size()));
      String id = "fault " + number;
      long ends = now + 1L + random.nextInt(400);
      events.add(new FaultBegan(now, id, "kill", Set.of(LOST), Set.of(), Set.of(home)));
      events.add(new Ended(ends, id, Outcome.DONE));
      broken.add(new Broken(home, now, ends));
      now = ends + 1L + random.nextInt(1_500);
    }
  }

  private ScoreExchange exchange() {
    int tenant = 1 + random.nextInt(TENANTS);
    long due = random.nextInt((int) LENGTH);
    long sent = due + random.nextInt(5);
    long answered = sent + 1L + random.nextInt(100);
    long moment = sent + random.nextInt((int) (answered - sent + 1));
    int version = live.get(tenant).floorEntry(moment).getValue();
    Map<Integer, String> pool = pools.floorEntry(moment).getValue();
    String home = pool.getOrDefault(tenant, "");
    List<String> homes = brokenAt(moment);
    if (!homes.isEmpty() && random.nextInt(4) == 0) {
      return failed(due, sent, answered, tenant, LOST);
    }
    String deployment = home.isEmpty() ? anywhere() : homes.contains(home) ? OVERFLOW : home;
    return answered(due, sent, answered, tenant, deployment, version);
  }

  private String anywhere() {
    return random.nextBoolean() ? OVERFLOW : HOT.get(random.nextInt(HOT.size()));
  }

  private List<String> brokenAt(long moment) {
    return broken.stream()
        .filter(window -> window.from <= moment && moment <= window.to)
        .map(Broken::home)
        .toList();
  }

  static ScoreExchange answered(
      long due, long sent, long answered, int tenant, String deployment, int version) {
    Answer answer = new Answer(deployment, tenant, version, FleetKind.answer(tenant, version));
    return new ScoreExchange(
        due, sent, answered, tenant, 0, 0, 200, ScoreExchange.NO_PROBLEM, answer);
  }

  static ScoreExchange failed(long due, long sent, long answered, int tenant, String problem) {
    return new ScoreExchange(due, sent, answered, tenant, 0, 0, 503, problem, Answer.NONE);
  }

  /** The history with one more exchange, among the others. */
  static History with(History history, ScoreExchange planted, Collection<Event> more) {
    List<ScoreExchange> exchanges = exchanges(history);
    exchanges.add(exchanges.size() / 2, planted);
    List<Event> events = new ArrayList<>(history.events());
    events.addAll(more);
    return History.of(events, exchanges);
  }

  static List<ScoreExchange> exchanges(History history) {
    List<ScoreExchange> exchanges = new ArrayList<>();
    history.forEach(exchanges::add);
    return exchanges;
  }
}
