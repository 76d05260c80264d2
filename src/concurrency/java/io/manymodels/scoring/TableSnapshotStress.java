package io.manymodels.scoring;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import java.util.Map;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A process never goes back to an older table, and never mixes two. */
public final class TableSnapshotStress {
  private static final PlacementTable OLDER =
      PlacementTable.of(new Generation(1, 7), Map.of()); // The term counts before the number.
  private static final PlacementTable NEWER = PlacementTable.of(new Generation(2, 1), Map.of());

  private TableSnapshotStress() {}

  @JCStressTest
  @Outcome(
      id = "older then older, newer, newer",
      expect = ACCEPTABLE,
      desc = "the older came first")
  @Outcome(
      id = "older then newer, newer, newer",
      expect = ACCEPTABLE_INTERESTING,
      desc = "the newer came between two reads")
  @Outcome(
      id = "newer then newer, newer, newer",
      expect = ACCEPTABLE_INTERESTING,
      desc = "the older came too late and was dropped")
  @Outcome(id = ".*torn.*", expect = FORBIDDEN, desc = "table and value of two generations")
  @Outcome(id = "newer then older.*", expect = FORBIDDEN, desc = "a reader went back")
  @Outcome(id = ".*none.*", expect = FORBIDDEN, desc = "an offer was lost")
  @Outcome(id = ".*, older, .*", expect = FORBIDDEN, desc = "the newer table was taken back")
  @Outcome(id = ".*, older", expect = FORBIDDEN, desc = "the older table won")
  @State
  public static class TwoOffers {
    private final TableSnapshot<Generation> snapshot = newSnapshot();

    @Actor
    public void older(LLL_Result result) {
      snapshot.offer(OLDER);
      String first = seen(snapshot);
      result.r1 = first + " then " + seen(snapshot);
    }

    @Actor
    public void newer(LLL_Result result) {
      snapshot.offer(NEWER);
      result.r2 = seen(snapshot);
    }

    @Arbiter
    public void end(LLL_Result result) {
      result.r3 = seen(snapshot);
    }
  }

  @JCStressTest
  @Outcome(id = "(none|older|newer), \\1", expect = ACCEPTABLE, desc = "nothing came in between")
  @Outcome(
      id = {"none, older", "none, newer", "older, newer"},
      expect = ACCEPTABLE_INTERESTING,
      desc = "a newer table came between two reads")
  @Outcome(id = ".*torn.*", expect = FORBIDDEN, desc = "table and value of two generations")
  @Outcome(
      id = {"newer, older", "newer, none", "older, none"},
      expect = FORBIDDEN,
      desc = "a reader went back")
  @State
  public static class ReadsWhileTablesCome {
    private final TableSnapshot<Generation> snapshot = newSnapshot();

    @Actor
    public void writer() {
      snapshot.offer(OLDER);
      snapshot.offer(NEWER);
      snapshot.offer(OLDER); // As from a SharedMemory replica that was deposed.
    }

    @Actor
    public void reader(LL_Result result) {
      result.r1 = seen(snapshot);
      result.r2 = seen(snapshot);
    }
  }

  private static TableSnapshot<Generation> newSnapshot() {
    return new TableSnapshot<>(PlacementTable::generation);
  }

  private static String seen(TableSnapshot<Generation> snapshot) {
    TableSnapshot.Derived<Generation> derived = snapshot.get();
    if (!derived.table().generation().equals(derived.value())) {
      return "torn";
    }
    if (derived.table() == NEWER) {
      return "newer";
    }
    return derived.table() == OLDER ? "older" : "none";
  }
}
