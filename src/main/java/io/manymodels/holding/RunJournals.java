package io.manymodels.holding;

import io.manymodels.routing.Postmortem;
import java.util.Optional;

/** The {@link RunJournal}s of the replicas of a node; found by ServiceLoader. Thread-safe. */
public interface RunJournals {

  /** Begins the journal of this process. Never fails: without a journal, replicas predict too. */
  RunJournal open(String replica);

  /**
   * The traces that a replica of this node left behind; empty when it kept no journal here. Does
   * file I/O.
   */
  Optional<Postmortem> read(String replica);
}
