package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GET /events as Ray's Python proxy hands it on: always JSON. */
class EventsRouteTest extends IngressFixture {

  private static List<Long> sequences(Answer answer) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    List<Long> sequences = new ArrayList<>();
    answer.json().path("moves").forEach(move -> sequences.add(move.path("sequence").asLong()));
    return sequences;
  }

  private void decide() {
    cluster.decides(Samples.promoted(10, Tenants.tenant(1)));
    cluster.decides(Samples.event(11, Kind.REFUSED, Tenants.tenant(2)));
    cluster.decides(Samples.event(12, Kind.EVICTED, Tenants.tenant(3)));
    cluster.decides(Samples.event(13, Kind.SWITCHED, Tenants.tenant(4)));
    cluster.decides(Samples.event(14, Kind.POSTPONED, Tenants.tenant(5)));
  }

  @Test
  void movesAreToldAndOtherDecisionsAreNot() {
    decide();
    Answer answer = get("/events");
    assertThat(sequences(answer)).containsExactly(10L, 12L, 13L);
    JsonNode page = answer.json();
    assertThat(page.path("term").asInt()).isEqualTo(3);
    assertThat(page.path("next").asInt()).isEqualTo(14);
    assertThat(page.path("moves").path(2).path("kind").asText()).isEqualTo("switched");
  }

  @Test
  void theLatestOnesOrThoseAfterOne() {
    decide();
    assertThat(sequences(get("/events?limit=2"))).containsExactly(12L, 13L);
    assertThat(sequences(get("/events?after=10"))).containsExactly(12L, 13L);
    assertThat(sequences(get("/events?after=10&limit=2"))).containsExactly(12L);
    assertThat(get("/events?after=10&limit=2").json().path("next").asInt()).isEqualTo(12);
    assertThat(sequences(get("/events?after=14"))).isEmpty();
  }

  /** It cannot be handed on as a stream. */
  @Test
  void aClientThatWantsAStreamGetsJsonAfterTheLastThatItKnows() {
    decide();
    Map<String, String> headers = Map.of("accept", "text/event-stream", "last-event-id", "12");
    Answer answer = send("GET", "/events", headers, "");
    assertThat(answer.head().path("t").asText()).isEqualTo("application/json");
    assertThat(sequences(answer)).containsExactly(13L);
    assertThat(dispatcher.measurements().own("a", "b").processes().get(0).levels())
        .containsEntry("move_clients", 0.0);
  }

  @ParameterizedTest
  @CsvSource({
    "after=-1, after",
    "after=x, after",
    "after=1234567890123456789, after",
    "limit=0, limit",
    "limit=1001, limit",
    "since=3, since",
  })
  void aWrongQueryIsNamed(String query, String named) {
    Answer answer = get("/events?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("detail").asText()).contains("'" + named + "'");
  }

  @Test
  void whileSharedMemoryIsAwayThereAreNone() {
    cluster.sharedMemoryAway(true);
    assertThat(get("/events").status()).isEqualTo(503);
    assertThat(send("POST", "/events", Map.of(), "").status()).isEqualTo(405);
  }
}
