package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.access.Caller;
import io.manymodels.access.Role;
import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.Dispatcher;
import io.manymodels.http.moves.MoveFeed;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.Decisions;
import io.manymodels.json.Json;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /events}: the moves after one that the client knows, as JSON; or, for a client that
 * takes an event stream, these and all that follow, where its connection can go on. Ray's Python
 * proxy cannot hand on what is not whole, so through it the answer is always JSON. Thread-safe;
 * blocks.
 */
final class EventsRoute implements AutoCloseable {
  private static final List<String> KEYS = List.of("after", "limit");
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Dispatcher<DeploymentMap> dispatcher;
  private final MoveFeed feed;

  EventsRoute(Dispatcher<DeploymentMap> dispatcher) {
    this.dispatcher = dispatcher;
    this.feed = new MoveFeed(this::after, dispatcher.measurements());
  }

  private Decisions after(long sequence, int limit) {
    return after(sequence, limit, Deadline.after(PATIENCE, Ticker.SYSTEM));
  }

  private Decisions after(long sequence, int limit, Deadline deadline) {
    DecisionsQuestion question = new DecisionsQuestion(sequence, Optional.empty(), limit);
    return dispatcher.decisions(question, deadline);
  }

  HttpResponse answer(IngressRequest request, Caller caller, Deadline deadline) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    caller.require(Role.READ);
    SortedMap<String, String> query = QueryKeys.values(request.query(), KEYS);
    int limit = QueryKeys.limit(query.get("limit"), DEFAULT_LIMIT, MAX_LIMIT);
    boolean streams = wantsStream(request);
    if (streams) {
      feed.requireRoom();
    }
    @Nullable String known = query.get("after");
    if (known == null) {
      known = request.header("last-event-id").orElse(null);
    }
    ExplainJson.Moves moves =
        known == null ? latest(limit, deadline) : since(sequence(known), limit, deadline);
    HttpResponse whole = HttpResponse.plainJson(Json.write(moves).getBytes(UTF_8));
    long position = known == null ? moves.next() : sequence(known);
    return streams ? whole.orStream(new LiveStream(feed, position)) : whole;
  }

  private static boolean wantsStream(IngressRequest request) {
    return request.method().equals("GET")
        && request
            .header("accept")
            .filter(accept -> accept.contains(LiveStream.CONTENT_TYPE))
            .isPresent();
  }

  private ExplainJson.Moves since(long sequence, int limit, Deadline deadline) {
    Decisions decisions = after(sequence, limit, deadline);
    return new ExplainJson.Moves(decisions.term(), decisions.next(), MoveFeed.moves(decisions));
  }

  /** There is no other way to the last ones than by all that are recorded. */
  private ExplainJson.Moves latest(int limit, Deadline deadline) {
    Decisions all = after(0, PlacementHistory.MAX_EVENTS, deadline);
    List<ExplainJson.Event> moves = MoveFeed.moves(all);
    return new ExplainJson.Moves(
        all.term(), all.next(), moves.subList(Math.max(0, moves.size() - limit), moves.size()));
  }

  private static long sequence(String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw QueryKeys.wrong("after", text, "expected a sequence number of 0 or more");
    }
    return Long.parseLong(text);
  }

  /** Ends all streams. */
  @Override
  public void close() {
    feed.close();
  }
}
