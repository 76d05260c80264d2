package io.manymodels.http.moves;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.Event;
import io.manymodels.measuring.Count;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** A queue of one client against a naive model of it, however slow the client is. */
class MoveQueuePropertyTest {
  private static final Pattern ID = Pattern.compile("(?m)^id: (\\d+)$");
  private static final Pattern DROPPED = Pattern.compile("\\{\"moves\":(\\d+)\\}");

  static List<Event> moves(long first, int count) {
    List<PlacementEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(Samples.promoted(first + i, Tenants.tenant(i % 90 + 1)));
    }
    return ExplainJson.decisions(1, first, events).decisions();
  }

  private static Count count() {
    return Measurements.unread().count(Measure.MOVES_DROPPED);
  }

  private static List<Long> numbers(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> Long.parseLong(found.group(1))).toList();
  }

  /** What a step of the sequence does: so many moves are offered; none: the client takes. */
  @Property(tries = 200)
  void nothingIsLostSilently(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 400) Integer> steps) {
    Count allDropped = count();
    MoveQueue queue = new MoveQueue(100, allDropped);
    Deque<Long> waiting = new ArrayDeque<>();
    long next = 101;
    long dropped = 0;
    long told = 0;
    for (int step : steps) {
      if (step > 0) {
        List<Event> offered = moves(next, step);
        // Again, as after a report that came twice.
        queue.offer(offered, next);
        queue.offer(offered, next);
        for (int i = 0; i < step; i++) {
          waiting.add(next++);
        }
        while (waiting.size() > MoveQueue.CAPACITY) {
          waiting.remove();
          dropped++;
        }
      } else {
        String text = queue.take().map(bytes -> new String(bytes, UTF_8)).orElse("");
        for (long id : numbers(ID, text)) {
          assertThat(waiting.remove()).isEqualTo(id);
        }
        told += numbers(DROPPED, text).stream().mapToLong(Long::longValue).sum();
        assertThat(told).isEqualTo(dropped);
      }
      assertThat(allDropped.value()).isEqualTo(dropped);
      assertThat(waiting.size()).isLessThanOrEqualTo(MoveQueue.CAPACITY);
    }
    StringBuilder rest = new StringBuilder();
    for (var part = queue.take(); part.isPresent(); part = queue.take()) {
      assertThat(part.get().length).isLessThan(32 << 10);
      rest.append(new String(part.get(), UTF_8));
    }
    assertThat(numbers(ID, rest.toString())).containsExactlyElementsOf(waiting);
  }

  @Test
  void aStreamIsReadAsBrowsersDo() {
    MoveQueue queue = new MoveQueue(7, count());
    assertThat(text(queue.take())).isEqualTo("retry: 2000\nevent: begin\ndata: {\"next\":7}\n\n");
    assertThat(queue.take()).isEmpty();
    queue.offer(moves(8, 1), 8);
    assertThat(text(queue.take()))
        .startsWith("id: 8\nevent: move\ndata: {\"sequence\":8,")
        .contains("\"kind\":\"promoted\",\"tenant\":\"tenant01\"")
        .endsWith("}\n\n");
  }

  private static String text(Optional<byte[]> part) {
    return new String(part.orElseThrow(), UTF_8);
  }

  @Test
  void itIsOverWhenAllIsTaken() {
    MoveQueue queue = new MoveQueue(0, count());
    queue.offer(moves(1, 3), 3);
    queue.end();
    assertThat(queue.isOver()).isFalse();
    queue.offer(moves(4, 3), 6);
    assertThat(text(queue.take())).contains("id: 3\n").doesNotContain("id: 4\n");
    assertThat(queue.isOver()).isTrue();
  }

  @Test
  void numbersThatBeginAnewAreNews() {
    MoveQueue queue = new MoveQueue(1_000, count());
    queue.offer(moves(5, 1), 5);
    queue.restart();
    queue.offer(moves(5, 1), 5);
    assertThat(text(queue.take())).contains("id: 5\n");
  }
}
