package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** A model that only knows whether it is closed, and how often. */
public final class StressedModel implements LoadedModel {
  public static final ArtifactDescriptor ARTIFACT =
      new ArtifactDescriptor(
          new ModelRef(new TenantId("tenant"), new ModelVersion(1)),
          ArtifactDigest.of(ByteBuffer.allocate(0)),
          0,
          "onnx",
          Instant.EPOCH);

  private static final Signature SIGNATURE = Signature.ofMatrix(1);

  /**
   * Plain on purpose, as the memory of a native model is: that no user sees it freed must follow
   * from what the class under test orders, not from a volatile in here.
   */
  private boolean freed;

  private final AtomicInteger closes = new AtomicInteger();

  /** A prediction: the memory must be there at its start and at its end. */
  String use() {
    boolean atStart = freed;
    Thread.onSpinWait();
    return atStart || freed ? "closed" : "used";
  }

  int closes() {
    return closes.get();
  }

  @Override
  public void close() {
    freed = true;
    closes.getAndIncrement();
  }

  @Override
  public Prediction predict(Rows rows) {
    if ("closed".equals(use())) {
      throw new IllegalStateException("predicts after it was closed");
    }
    return Prediction.of(new long[rows.count()], 1);
  }

  @Override
  public Signature signature() {
    return SIGNATURE;
  }

  @Override
  public long weightBytes() {
    return 0;
  }
}
