package io.manymodels.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.RememberedPlacement;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link PlacementStore} does. The store under test starts empty. */
public abstract class PlacementStoreContract {

  /** The store under test, the same one during a test. */
  protected abstract PlacementStore store();

  /** Another client of the same store: what another process would open. */
  protected abstract PlacementStore reopened();

  @AfterEach
  void closeStore() {
    store().close();
  }

  @Test
  void anEmptyStoreHasTheEmptyState() {
    assertThat(store().read()).isEqualTo(PlacementState.EMPTY);
    assertThat(store().startTerm()).isEqualTo(1);
    assertThat(store().read()).isEqualTo(PlacementState.EMPTY);
  }

  @Test
  void theStateIsReadAsItWasWritten() {
    long term = store().startTerm();
    assertThat(store().write(term, state("tenant1"))).isTrue();
    assertThat(store().read()).isEqualTo(state("tenant1"));
    assertThat(store().write(term, state("tenant2"))).isTrue();
    assertThat(reopened().read()).isEqualTo(state("tenant2"));
    assertThat(store().write(term, PlacementState.EMPTY)).isTrue();
    assertThat(reopened().read()).isEqualTo(PlacementState.EMPTY);
  }

  @Test
  void aLaterTermEndsTheRightOfTheEarlierToWrite() {
    long first = store().startTerm();
    assertThat(store().write(first, state("tenant1"))).isTrue();
    long second = reopened().startTerm();
    assertThat(second).isGreaterThan(first);
    assertThat(store().write(first, state("tenant2"))).isFalse();
    assertThat(store().read()).isEqualTo(state("tenant1"));
    assertThat(reopened().write(second, state("tenant3"))).isTrue();
    assertThat(store().read()).isEqualTo(state("tenant3"));
  }

  @Test
  void aTermThatWasNeverStartedMayNotWrite() {
    long term = store().startTerm();
    assertThat(store().write(term + 1, state("tenant1"))).isFalse();
    assertThat(store().write(0, state("tenant1"))).isFalse();
    assertThat(store().read()).isEqualTo(PlacementState.EMPTY);
  }

  @Test
  void everyTermIsGivenOnce() throws Exception {
    List<Long> terms =
        Parallel.call(
            8,
            () -> {
              PlacementStore own = reopened();
              long term = own.startTerm();
              own.close();
              return term;
            });
    assertThat(new HashSet<>(terms)).hasSize(8);
    assertThat(store().startTerm()).isGreaterThan(terms.stream().max(Long::compare).orElseThrow());
  }

  @Test
  void onlyTheLastOfManyWritersIsObeyed() throws Exception {
    Parallel.call(
        8,
        () -> {
          long term = store().startTerm();
          boolean written = store().write(term, state("tenant" + term));
          return written;
        });
    long last = store().startTerm();
    PlacementState before = store().read();
    for (long term = 0; term < last; term++) {
      assertThat(store().write(term, state("late"))).isFalse();
    }
    assertThat(store().read()).isEqualTo(before);
  }

  @Test
  void whatIsRememberedIsReadAsItWasWritten() {
    assertThat(store().remembered()).isEmpty();
    long term = store().startTerm();
    assertThat(store().remembered()).isEmpty();
    assertThat(store().remember(term, Samples.remembered())).isTrue();
    assertThat(reopened().remembered()).contains(Samples.remembered());
    assertThat(reopened().startTerm()).isGreaterThan(term);
    assertThat(reopened().remembered()).contains(Samples.remembered());
  }

  @Test
  void stateAndWhatIsRememberedAreApart() {
    long term = store().startTerm();
    assertThat(store().remember(term, Samples.remembered())).isTrue();
    assertThat(store().read()).isEqualTo(PlacementState.EMPTY);
    assertThat(store().write(term, state("tenant1"))).isTrue();
    assertThat(reopened().remembered()).contains(Samples.remembered());
    assertThat(store().remember(term, RememberedPlacement.NOTHING)).isTrue();
    assertThat(reopened().read()).isEqualTo(state("tenant1"));
    assertThat(reopened().remembered()).contains(RememberedPlacement.NOTHING);
  }

  @Test
  void aLaterTermEndsTheRightOfTheEarlierToRemember() {
    long first = store().startTerm();
    assertThat(store().remember(first, Samples.remembered())).isTrue();
    long second = reopened().startTerm();
    assertThat(store().remember(first, RememberedPlacement.NOTHING)).isFalse();
    assertThat(store().remember(second + 1, RememberedPlacement.NOTHING)).isFalse();
    assertThat(store().remembered()).contains(Samples.remembered());
    assertThat(reopened().remember(second, RememberedPlacement.NOTHING)).isTrue();
    assertThat(store().remembered()).contains(RememberedPlacement.NOTHING);
  }

  /** One owner remembers while another takes over: what is read is whole, and of one of them. */
  @Test
  void onlyTheLastOfManyIsRemembered() throws Exception {
    Parallel.call(
        8,
        () -> {
          long term = store().startTerm();
          boolean remembered = store().remember(term, numbered(term));
          return remembered;
        });
    long last = store().startTerm();
    Optional<RememberedPlacement> before = store().remembered();
    for (long term = 0; term < last; term++) {
      assertThat(store().remember(term, RememberedPlacement.NOTHING)).isFalse();
    }
    assertThat(store().remembered()).isEqualTo(before);
    assertThat(store().remember(last, numbered(last))).isTrue();
    assertThat(store().remembered()).contains(numbered(last));
  }

  private static RememberedPlacement numbered(long term) {
    RememberedPlacement sample = Samples.remembered();
    return new RememberedPlacement(term, sample.decisions(), sample.places(), sample.traffic());
  }

  private static PlacementState state(String tenant) {
    TreeMap<TenantId, String> pins = new TreeMap<>();
    pins.put(new TenantId(tenant), "Deployment9");
    pins.put(new TenantId("a.b-c_d"), "Deployment10");
    TreeMap<String, HotConfig> declared = new TreeMap<>();
    declared.put("Deployment9", new HotConfig(List.of(new TenantId(tenant)), 3, Pool.DEDICATED));
    declared.put("Deployment1", new HotConfig(List.of(), 1, Pool.DYNAMIC));
    return new PlacementState(pins, declared);
  }
}
