package io.manymodels.tools.chaos;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.MemoryNeed;
import io.manymodels.inference.ModelLoader;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Loads harmful models, of the format {@code poison}. No service file of ours names it: replicas
 * know it only when a jar that does is among their extra jars.
 *
 * <p>An artifact is one word and perhaps a number: {@code fail} throws what no loader may; {@code
 * throw} fails when it predicts; {@code slow 30000} takes so many milliseconds for a prediction;
 * {@code heavy 2048} takes so many MiB of the heap; {@code large 2048} as well, and says so before.
 */
public final class PoisonLoader implements ModelLoader {
  private static final int MIB = 1 << 20;
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @Override
  public String format() {
    return "poison";
  }

  @Override
  public MemoryNeed memory(ArtifactDescriptor artifact, ByteBuffer bytes) {
    String[] words = words(bytes);
    return words[0].equals("large")
        ? new MemoryNeed(Long.parseLong(words[1]) * MIB, 0)
        : ModelLoader.super.memory(artifact, bytes);
  }

  @Override
  public LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes) {
    String[] words = words(bytes);
    return switch (words[0]) {
      case "throw" -> new Poison(Poison.FAILS, new byte[0][]);
      case "slow" -> new Poison(Long.parseLong(words[1]), new byte[0][]);
      case "heavy", "large" -> new Poison(0, heap(Integer.parseInt(words[1])));
      default -> throw new IllegalStateException("this model was made to fail");
    };
  }

  private static String[] words(ByteBuffer bytes) {
    return US_ASCII.decode(bytes.duplicate()).toString().strip().split(" ", 2);
  }

  private static byte[][] heap(int mib) {
    byte[][] pieces = new byte[mib][];
    for (int i = 0; i < mib; i++) {
      pieces[i] = new byte[MIB];
    }
    return pieces;
  }

  private static final class Poison implements LoadedModel {
    private static final long FAILS = -1;

    private final long millis;
    private final byte[][] ballast;

    Poison(long millis, byte[][] ballast) {
      this.millis = millis;
      this.ballast = ballast;
    }

    @Override
    public Prediction predict(Rows rows) {
      if (millis == FAILS) {
        throw new IllegalStateException("this model was made to fail when it predicts");
      }
      try {
        var unused = NEVER.await(millis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      double[] values = new double[rows.count()];
      Arrays.fill(values, Double.NaN);
      return Prediction.of(values, 1);
    }

    @Override
    public Signature signature() {
      return Signature.ofMatrix((int) Signature.FREE);
    }

    @Override
    public long weightBytes() {
      return 1_024 + (long) ballast.length * MIB;
    }

    @Override
    public void close() {}
  }
}
