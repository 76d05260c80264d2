package io.manymodels.micro;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.util.Arrays;
import java.util.Random;

/** Tenants by number, and seeded draws of them, of which number 0 is the most frequent. */
final class Draws {
  private static final ModelVersion FIRST = new ModelVersion(1);

  private Draws() {}

  /** A name of 20 characters; each call makes a new object, as each request does. */
  static TenantId tenant(int number) {
    return new TenantId(String.format("tenant-%013d", number));
  }

  static ModelRef model(int number) {
    return new ModelRef(tenant(number), FIRST);
  }

  /** Numbers below {@code tenants}, each as often as Zipf's law with this exponent says. */
  static int[] zipf(int tenants, double exponent, int count, long seed) {
    double[] cumulated = new double[tenants];
    double sum = 0;
    for (int i = 0; i < tenants; i++) {
      sum += Math.pow(i + 1.0, -exponent);
      cumulated[i] = sum;
    }
    Random random = new Random(seed);
    int[] draws = new int[count];
    for (int i = 0; i < count; i++) {
      int at = Arrays.binarySearch(cumulated, random.nextDouble() * sum);
      draws[i] = Math.min(tenants - 1, at < 0 ? -at - 1 : at);
    }
    return draws;
  }
}
