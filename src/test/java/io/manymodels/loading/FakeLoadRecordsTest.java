package io.manymodels.loading;

import io.manymodels.testing.FakeLoadRecords;
import io.manymodels.testing.LoadRecordsContract;
import java.time.Instant;

class FakeLoadRecordsTest extends LoadRecordsContract {
  private final FakeLoadRecords records = new FakeLoadRecords();

  @Override
  protected LoadRecords records() {
    return records;
  }

  @Override
  protected void abandon(String name, Instant last, boolean greedy) {
    records.abandon(name, last, greedy);
  }
}
