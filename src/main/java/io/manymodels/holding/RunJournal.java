package io.manymodels.holding;

import io.manymodels.model.ModelRef;
import io.manymodels.tensor.Rows;

/**
 * Where a replica writes down which predictions it is running, so that others can tell what ended
 * it. On the path of every prediction, hence without a lock or a system call. Thread-safe.
 */
public interface RunJournal {
  /** For tests and tools, where no other process takes part. */
  RunJournal NONE =
      new RunJournal() {
        @Override
        public int begin(ModelRef ref, Rows rows) {
          return 0;
        }

        @Override
        public void end(int entry) {}
      };

  /** To be called by the thread that is going to predict; returns what {@link #end} takes. */
  int begin(ModelRef ref, Rows rows);

  /** To be called by the same thread when the prediction has ended, however it did. */
  void end(int entry);
}
