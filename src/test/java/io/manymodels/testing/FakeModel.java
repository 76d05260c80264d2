package io.manymodels.testing;

import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ModelRef;
import io.manymodels.tensor.Binding;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model that predicts its version number for every row and remembers how it was misused.
 * Thread-safe.
 */
public final class FakeModel implements LoadedModel {
  private final ModelRef ref;
  private final Binding binding;
  private final long weightBytes;
  private final AtomicInteger predicting = new AtomicInteger();
  private final AtomicInteger predictions = new AtomicInteger();
  private final AtomicInteger closes = new AtomicInteger();
  private final Queue<String> misuses = new ConcurrentLinkedQueue<>();
  private volatile Runnable duringPredict = () -> {};

  /** Takes rows of so many numbers; 0: any. */
  public FakeModel(ModelRef ref, int inputWidth, long weightBytes) {
    this.ref = ref;
    this.binding =
        new Binding(Signature.ofMatrix(inputWidth == 0 ? (int) Signature.FREE : inputWidth));
    this.weightBytes = weightBytes;
  }

  public ModelRef ref() {
    return ref;
  }

  /** Has every prediction wait for the latch; returns what is counted down when one has begun. */
  public CountDownLatch holdPredictions(CountDownLatch release) {
    CountDownLatch begun = new CountDownLatch(1);
    duringPredict =
        () -> {
          begun.countDown();
          FakeModels.await(release);
        };
    return begun;
  }

  /** Has every prediction do this first. */
  public void duringPredictions(Runnable what) {
    duringPredict = what;
  }

  /** Has every prediction fail like this. */
  public void failPredictions(RuntimeException failure) {
    duringPredict =
        () -> {
          throw failure;
        };
  }

  /** How often it was asked. */
  public int predictions() {
    return predictions.get();
  }

  /** How often it was closed. */
  public int closes() {
    return closes.get();
  }

  /** What must never happen, and did. */
  public Queue<String> misuses() {
    return misuses;
  }

  @Override
  public Prediction predict(Rows rows) {
    var unused = binding.bind(rows);
    predicting.incrementAndGet();
    predictions.incrementAndGet();
    try {
      duringPredict.run();
      if (closes.get() > 0) {
        misuses.add(ref + " predicted after it was closed");
      }
      long[] answers = new long[rows.count()];
      Arrays.fill(answers, ref.version().number());
      return Prediction.of(answers, 1);
    } finally {
      predicting.decrementAndGet();
    }
  }

  @Override
  public Signature signature() {
    return binding.signature();
  }

  @Override
  public long weightBytes() {
    return weightBytes;
  }

  @Override
  public void close() {
    if (closes.incrementAndGet() > 1) {
      misuses.add(ref + " was closed twice");
    }
    if (predicting.get() > 0) {
      misuses.add(ref + " was closed while it predicted");
    }
  }
}
