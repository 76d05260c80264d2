package io.manymodels.application;

import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.ReportBook;
import io.manymodels.model.ServingException;
import io.manymodels.placing.TableBoard;
import io.manymodels.quota.Quotas;
import io.manymodels.quota.RequestRates;
import io.manymodels.scoring.TableSnapshot;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a Dispatcher and SharedMemory together, on three daemon threads: one fetches the placement
 * table by long poll, one reports traffic, one keeps the quotas' shares. When SharedMemory is away
 * both try again, and the Dispatcher goes on with the table it has.
 */
final class TablePolling implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(TablePolling.class.getName());
  private static final Duration POLL_TIMEOUT = TableBoard.MAX_POLL.plusSeconds(2);
  private static final Duration REPORT_TIMEOUT = Duration.ofSeconds(2);
  private static final long RETRY_MILLIS = 100;
  private static final long REPORT_PAUSE_MILLIS = 200;

  private final String reader;
  private final SharedMemoryCalls sharedMemory;
  private final TableSnapshot<?> snapshot;
  private final TrafficCounter traffic;
  private final Quotas quotas;
  private final ReportBook measured;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param reader this replica's name
   */
  TablePolling(
      String reader,
      SharedMemoryCalls sharedMemory,
      TableSnapshot<?> snapshot,
      TrafficCounter traffic,
      ReportBook measured,
      Quotas quotas) {
    this.reader = reader;
    this.sharedMemory = sharedMemory;
    this.snapshot = snapshot;
    this.traffic = traffic;
    this.measured = measured;
    this.quotas = quotas;
  }

  void start() {
    DaemonLoop.start("placement-table", closed, this::pollTable);
    DaemonLoop.start("traffic-report", closed, this::reportTraffic);
    DaemonLoop.start("quota-shares", closed, this::shareQuotas);
  }

  private void pollTable() throws InterruptedException {
    try {
      sharedMemory
          .table(
              reader,
              snapshot.get().table().generation(),
              Deadline.after(POLL_TIMEOUT, Ticker.SYSTEM))
          .ifPresent(snapshot::offer);
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "SharedMemory is away: {0}", e.getMessage());
      var unused = closed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "fetching the placement table", e);
      var unused = closed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void reportTraffic() throws InterruptedException {
    traffic.awaitDue();
    report();
    // A report costs as much as tens of requests, however many are in it, and SharedMemory decides
    // four times a second.
    var unused = closed.await(REPORT_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void report() {
    List<TenantTraffic> answered = traffic.drain();
    try {
      MeasuredReport report = measured.next();
      sharedMemory.traffic(
          answered, Optional.of(report), Deadline.after(REPORT_TIMEOUT, Ticker.SYSTEM));
      measured.arrived(report.sequence());
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "a traffic report is lost: {0}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "reporting traffic", e);
    }
  }

  private void shareQuotas() throws InterruptedException {
    var unused = closed.await(Quotas.INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    List<RequestRates> rates = quotas.endInterval();
    if (!quotas.inUse()) {
      return;
    }
    try {
      quotas.share(
          sharedMemory.rates(reader, rates, Deadline.after(REPORT_TIMEOUT, Ticker.SYSTEM)));
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "the quotas keep their shares: {0}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "sharing quotas", e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    traffic.hurry();
  }
}
