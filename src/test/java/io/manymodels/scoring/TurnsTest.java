package io.manymodels.scoring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.TenantId;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final int AT_ONCE = 2;
  private static final int MAX = 100_000;

  private final FakeTicker ticker = new FakeTicker();
  private final InFlightLimits inFlight = new InFlightLimits();
  private final Turns turns = new Turns(inFlight, AT_ONCE, ticker);
  private final Map<TenantId, List<Integer>> begun = new HashMap<>();
  private int asked;

  private void ask(int tenant) {
    TenantId id = tenant(tenant);
    int number = asked++;
    turns.begin(
        id,
        inFlight.enter(id, MAX, MAX),
        () -> begun.computeIfAbsent(id, t -> new ArrayList<>()).add(number));
  }

  private void end(int tenant) {
    begun(tenant).remove(0);
    inFlight.leave(tenant(tenant));
    turns.ended(tenant(tenant));
  }

  private List<Integer> begun(int tenant) {
    return begun.computeIfAbsent(tenant(tenant), t -> new ArrayList<>());
  }

  @Test
  void aTenantThatIsAloneNeverWaits() {
    ask(2);
    end(2);
    ticker.advance(Turns.LATELY);
    ask(1);
    ticker.advance(Turns.LATELY);
    for (int i = 0; i < 100; i++) {
      ask(1);
    }
    assertThat(begun(1)).hasSize(101);
  }

  @Test
  void besideOthersANoisyTenantHasAFewUnderWayAndTheRestInOrder() {
    ask(2);
    for (int i = 0; i < 20; i++) {
      ask(1);
    }
    assertThat(begun(1)).containsExactly(1, 2);
    assertThat(turns.waiting()).isEqualTo(18);
    end(1);
    assertThat(begun(1)).containsExactly(2, 3);
    ask(3);
    assertThat(begun(3)).hasSize(1);
  }

  @Test
  void whenTheOthersHaveGoneAllThatWaitsIsBegun() {
    ask(2);
    for (int i = 0; i < 20; i++) {
      ask(1);
    }
    end(2);
    ticker.advance(Turns.LATELY);
    end(1);
    assertThat(begun(1)).hasSize(19);
    assertThat(turns.waiting()).isZero();
  }

  @Test
  void oneAmongManyNeverWaits() {
    for (int i = 0; i < 10; i++) {
      for (int tenant = 1; tenant <= 3; tenant++) {
        ask(tenant);
      }
    }
    assertThat(turns.waiting()).isZero();
  }

  @Test
  void requestsThatEndAtOnceDoNotCallEachOther() {
    ask(2);
    ask(1);
    ask(1);
    AtomicInteger ended = new AtomicInteger();
    for (int i = 0; i < 50_000; i++) {
      turns.begin(
          tenant(1),
          inFlight.enter(tenant(1), MAX, MAX),
          () -> {
            ended.incrementAndGet();
            inFlight.leave(tenant(1));
            turns.ended(tenant(1));
          });
    }
    end(1);
    assertThat(ended).hasValue(50_000);
    assertThat(turns.waiting()).isZero();
  }

  /** Whatever comes and ends: nobody but the one with most waits, all begin once and in order. */
  @Property(tries = 300)
  void everyRequestBeginsInTheOrderOfItsTenant(
      @ForAll @Size(min = 1, max = 300) List<@IntRange(max = 8) Integer> steps) {
    Map<Integer, Integer> lastEnded = new HashMap<>();
    for (int step : steps) {
      int tenant = step <= 4 ? 1 : step % 3 + 1;
      if (step % 4 == 3 && !begun(tenant).isEmpty()) {
        int oldest = begun(tenant).get(0);
        assertThat(oldest).isGreaterThan(lastEnded.getOrDefault(tenant, -1));
        lastEnded.put(tenant, oldest);
        end(tenant);
      } else {
        ask(tenant);
      }
      ticker.advance(Duration.ofMillis(step));
      for (int each = 1; each <= 3; each++) {
        int waiting = inFlight.of(tenant(each)) - begun(each).size();
        assertThat(waiting == 0 || begun(each).size() >= AT_ONCE).as("tenant %s", each).isTrue();
      }
    }
    for (int tenant = 1; tenant <= 3; tenant++) {
      while (!begun(tenant).isEmpty()) {
        end(tenant);
      }
      assertThat(inFlight.of(tenant(tenant))).isZero();
    }
    assertThat(turns.waiting()).isZero();
  }

  @Test
  void noneIsForgottenWhenThreadsRace() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    AtomicInteger done = new AtomicInteger();
    List<Runnable> open = Collections.synchronizedList(new ArrayList<>());
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        all.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 20_000; i++) {
                    TenantId id = tenant(ThreadLocalRandom.current().nextInt(10) < 8 ? 1 : 2);
                    Runnable end =
                        () -> {
                          done.incrementAndGet();
                          inFlight.leave(id);
                          turns.ended(id);
                        };
                    turns.begin(id, inFlight.enter(id, MAX, MAX), () -> open.add(end));
                    endOne(open);
                  }
                }));
      }
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
      while (endOne(open)) {
        assertThat(done.get()).isLessThanOrEqualTo(80_000);
      }
      assertThat(done).hasValue(80_000);
      assertThat(turns.waiting()).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  private static boolean endOne(List<Runnable> open) {
    Runnable end;
    synchronized (open) {
      if (open.isEmpty()) {
        return false;
      }
      end = open.remove(open.size() - 1);
    }
    end.run();
    return true;
  }
}
