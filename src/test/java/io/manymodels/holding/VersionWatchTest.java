package io.manymodels.holding;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.OverflowConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.VersionLook;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.testing.CountedRegistry;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Tenants;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VersionWatchTest {
  private static final TenantId TENANT = tenant(1);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final SortedMap<TenantId, ModelVersion> NONE = new TreeMap<>();

  /** Events of this process, which can be away. */
  private static final class Events implements ModelEvents {
    private final BlockingQueue<Set<TenantId>> waiting = new LinkedBlockingQueue<>();
    private volatile boolean away;
    private volatile boolean sawOutage;

    @Override
    public void announce(Collection<TenantId> tenants) {
      waiting.add(Set.copyOf(tenants));
    }

    @Override
    public Set<TenantId> await(Duration timeout) throws InterruptedException {
      if (away) {
        sawOutage = true;
        throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "the events are away");
      }
      Set<TenantId> next = waiting.poll(20, TimeUnit.MILLISECONDS);
      return next == null ? Set.of() : next;
    }

    @Override
    public void close() {}
  }

  private final FakeModels models = new FakeModels().with(firstTo(3));
  private final OverflowModels overflow =
      new OverflowModels(models.source(), OverflowConfig.DEFAULT, Ticker.SYSTEM);
  private final Events events = new Events();

  private @Nullable VersionWatch watching;

  @AfterEach
  void close() {
    if (watching != null) {
      watching.close();
    }
    overflow.close();
  }

  private void watch(Duration poll, boolean withEvents) {
    VersionWatch watch =
        new VersionWatch(
            new VersionLook(models.registry(), Ticker.SYSTEM),
            List.of(overflow.versions()),
            withEvents ? Optional.of(events) : Optional.empty(),
            poll,
            Ticker.SYSTEM);
    watch.start();
    watching = watch;
  }

  private long version() {
    PredictReply reply = overflow.answer(Tenants.request(TENANT));
    return ((Predicted) reply).ref().version().number();
  }

  @Test
  void aPollFindsANewVersionAndGoesOnAfterAnOutage() {
    assertThat(version()).isOne();
    watch(Duration.ofMillis(20), false);
    models.publish(TENANT, 2);
    Eventually.holds("version 2 is live", () -> version() == 2);
    models.registryAway(true);
    models.publish(TENANT, 3);
    int asked = models.loads(TENANT);
    Eventually.holds("it is polled and away", () -> models.loads(TENANT) > asked + 2);
    assertThat(version()).isEqualTo(2);
    models.registryAway(false);
    Eventually.holds("version 3 is live", () -> version() == 3);
  }

  @Test
  void anEventIsFollowedAtOnce() {
    assertThat(version()).isOne();
    watch(NEVER, true);
    models.publish(TENANT, 2);
    events.announce(Set.of(TENANT, tenant(2)));
    Eventually.holds("version 2 is live", () -> version() == 2);
    assertThat(models.opened(tenant(2))).as("it is not held").isEmpty();
  }

  @Test
  void whatWasAnnouncedDuringAnOutageOfTheEventsIsFoundByAPoll() {
    assertThat(version()).isOne();
    events.away = true;
    watch(NEVER, true);
    Eventually.holds("the outage is seen", () -> events.sawOutage);
    models.publish(TENANT, 2);
    events.away = false;
    Eventually.holds("version 2 is live", () -> version() == 2);
  }

  /** A watch that does what it has to when the test says so. */
  private VersionWatch stepped(FakeTicker ticker, CountedRegistry registry) {
    VersionWatch watch =
        new VersionWatch(
            new VersionLook(registry, ticker),
            List.of(overflow.versions()),
            Optional.empty(),
            PERIOD,
            ticker);
    watching = watch;
    return watch;
  }

  private static VersionWord nothingNew(HeldVersions known) {
    return new VersionWord(known.number(), true, new TreeMap<>(), List.of());
  }

  private static VersionWord question() {
    return new VersionWord(0, false, new TreeMap<>(), List.of());
  }

  @Test
  void aReplicaThatIsToldLooksForItselfOnlyAfterThreePeriodsWithoutAWord() {
    assertThat(version()).isOne();
    FakeTicker ticker = new FakeTicker();
    CountedRegistry registry = new CountedRegistry(models.registry());
    VersionWatch watch = stepped(ticker, registry);
    HeldVersions held = watch.told(question());
    for (int i = 0; i < 10; i++) {
      held = watch.told(nothingNew(held));
      watch.step();
      ticker.advance(PERIOD.multipliedBy(2));
      watch.step();
    }
    assertThat(registry.looks()).isZero();
    models.publish(TENANT, 2);
    ticker.advance(PERIOD.minusMillis(1));
    watch.step();
    assertThat(registry.looks()).isZero();
    ticker.advance(Duration.ofMillis(1));
    assertThat(overflow.versions().isTold()).isFalse();
    watch.step();
    assertThat(registry.looks()).isOne();
    assertThat(version()).isEqualTo(2);
    ticker.advance(PERIOD.multipliedBy(2));
    watch.step();
    assertThat(registry.looks()).as("it goes on").isEqualTo(2);
    var unused = watch.told(nothingNew(held));
    assertThat(overflow.versions().isTold()).isTrue();
    ticker.advance(PERIOD.multipliedBy(2));
    watch.step();
    assertThat(registry.looks()).as("it is told again").isEqualTo(2);
  }

  @Test
  void aWatcherThatDoesNotLookItselfKeepsNobodyFromLooking() {
    FakeTicker ticker = new FakeTicker();
    CountedRegistry registry = new CountedRegistry(models.registry());
    assertThat(version()).isOne();
    VersionWatch watch = stepped(ticker, registry);
    for (int i = 0; i < 3; i++) {
      ticker.advance(PERIOD.multipliedBy(2));
      var unused = watch.told(question());
      watch.step();
    }
    assertThat(registry.looks()).isEqualTo(3);
  }

  @Test
  void aReportHoldsWhatHasChangedSinceTheOneThatTheWatcherKnows() {
    assertThat(version()).isOne();
    VersionWatch watch = stepped(new FakeTicker(), new CountedRegistry(models.registry()));
    HeldVersions first = watch.told(question());
    assertThat(first.whole()).isTrue();
    assertThat(first.held()).containsExactly(Map.entry(TENANT, new ModelVersion(1)));
    HeldVersions same = watch.told(nothingNew(first));
    assertThat(same).isEqualTo(new HeldVersions(first.number(), false, NONE, List.of(), List.of()));
    models.publish(TENANT, 2);
    var unused = overflow.answer(Tenants.request(tenant(2)));
    HeldVersions told = watch.told(behind(first));
    assertThat(told.held()).as("it switches later").containsOnlyKeys(tenant(2));
    watch.step();
    HeldVersions switched = watch.told(nothingNew(told));
    assertThat(switched.held()).containsExactly(Map.entry(TENANT, new ModelVersion(2)));
    assertThat(switched.whole()).isFalse();
    HeldVersions again = watch.told(nothingNew(told));
    assertThat(again.whole()).as("the watcher did not get the last one").isTrue();
    assertThat(again.held()).containsOnlyKeys(TENANT, tenant(2));
  }

  @Test
  void aReportTellsOfModelsThatAreGone() {
    assertThat(version()).isOne();
    VersionWatch watch = stepped(new FakeTicker(), new CountedRegistry(models.registry()));
    HeldVersions first = watch.told(question());
    models.delete(TENANT);
    assertThat(overflow.versions().refresh(Set.of(TENANT), new FakeTicker().in(PERIOD))).hasSize(1);
    HeldVersions second = watch.told(nothingNew(first));
    assertThat(second.dropped()).containsExactly(TENANT);
    assertThat(second.held()).isEmpty();
    assertThat(second.number()).isNotEqualTo(first.number());
  }

  private static VersionWord behind(HeldVersions known) {
    return new VersionWord(
        known.number(), true, new TreeMap<>(Map.of(TENANT, new ModelVersion(2))), List.of());
  }
}
