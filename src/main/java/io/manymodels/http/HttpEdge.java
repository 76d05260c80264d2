package io.manymodels.http;

import io.manymodels.access.Gate;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.ServedModels;
import io.manymodels.observing.RequestObserver;
import io.manymodels.threads.Awaiting;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tls.ServerTls;
import io.manymodels.transport.EventLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The HTTP of a Dispatcher: the same routes, limits and errors for requests in envelopes and for
 * those that come over its own ports. Thread-safe.
 */
public final class HttpEdge {
  /** Past every deadline that a request can have. */
  private static final Duration MAX_ANSWER = Duration.ofSeconds(700);

  private final Dispatcher<DeploymentMap> dispatcher;
  private final Answers answers;
  private final OperatorDoor operators;
  private final DirectIngress ingress;

  /**
   * Listens nowhere yet.
   *
   * @param models that callers may ask
   * @param protocols beside our own
   * @param gate says who sent each request
   * @param observer notes what comes and how it is answered
   * @param loops that do the I/O of its ports
   * @param nodeAddress the address at which other nodes reach this one
   * @param sockets where those of this node may reach it by a Unix domain socket
   */
  public HttpEdge(
      Dispatcher<DeploymentMap> dispatcher,
      ServedModels models,
      List<Door> protocols,
      Gate gate,
      EdgeOptions options,
      RequestObserver observer,
      EventLoops loops,
      String nodeAddress,
      Optional<Path> sockets) {
    this.dispatcher = dispatcher;
    List<Door> doors = new ArrayList<>();
    doors.add(new ScoreDoor(dispatcher, models, options.packedScores()));
    doors.addAll(protocols);
    this.operators = new OperatorDoor(dispatcher, models, gate);
    doors.add(operators);
    this.answers = new Answers(doors, gate, options.cors(), observer, dispatcher.measurements());
    this.ingress =
        new DirectIngress(nodeAddress, sockets, loops, answers, new DispatcherState(dispatcher));
  }

  /**
   * Answers a request of Ray's Python proxy and waits for the answer: an {@link Envelope} in, one
   * out. Never throws.
   */
  public String answer(String envelope) {
    return Envelope.write(answerTo(envelope), dispatcher.config().maxBodyBytes());
  }

  private HttpResponse answerTo(String envelope) {
    String id = "";
    try {
      IngressRequest request = Envelope.read(envelope);
      id = request.id();
      Deadline deadline = Deadline.after(MAX_ANSWER, Ticker.SYSTEM);
      HttpResponse response =
          Awaiting.result(answers.to(request, Runnable::run), deadline, "no answer in time");
      return ContentCodings.packed(request, response);
    } catch (RuntimeException | Error e) {
      return Answers.failure(e, id);
    }
  }

  /** See {@link DirectIngress#share}. */
  public void share(DirectAddress address, Optional<ServerTls> tls) {
    ingress.share(address, tls);
  }

  /** See {@link IngressPort#listen}. */
  public int listenForProxies(int wanted) {
    return ingress.listenForProxies(wanted);
  }

  /** See {@link DirectIngress#listen}. */
  public int listen(DirectAddress address, Optional<ServerTls> tls) throws IOException {
    return ingress.listen(address, tls);
  }

  /** See {@link DirectIngress#accept()}. */
  public void accept() {
    ingress.accept();
  }

  /** Drains as a replica of Serve does. */
  public void drain() {
    drain(Draining.REPLICA);
  }

  /** See {@link DirectIngress#drain}; event streams end at once. */
  public void drain(Draining how) {
    operators.close();
    ingress.drain(how);
  }
}
