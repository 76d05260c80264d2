package io.manymodels.tools.fleet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Kinds of small models. Each takes rows of four numbers, as flowers have them, and answers a label
 * a row; the same seed, tenant and version make the same bytes, on every machine.
 */
public enum FleetKind {
  /** A linear classifier of three labels, about 0.5 kB. */
  LINEAR {
    @Override
    byte[] make(Random random, int tenant, int version) {
      float[] coefficients = new float[CLASSES * OnnxFile.WIDTH];
      for (int i = 0; i < coefficients.length; i++) {
        coefficients[i] = (float) (random.nextDouble() * 4 - 2);
      }
      float[] intercepts = new float[CLASSES];
      for (int i = 0; i < CLASSES; i++) {
        intercepts[i] = (float) (random.nextDouble() * 2 - 1);
      }
      return new OnnxFile()
          .learned(
              "LinearClassifier",
              List.of("label", "probabilities"),
              OnnxFile.integers("classlabels_ints", LABELS),
              OnnxFile.floats("coefficients", coefficients),
              OnnxFile.floats("intercepts", intercepts),
              OnnxFile.integer("multi_class", 1),
              OnnxFile.text("post_transform", "SOFTMAX"))
          .output("label", OnnxFile.Type.INT64, 1)
          .output("probabilities", OnnxFile.Type.FLOAT, CLASSES)
          .toBytes();
    }
  },

  /** A forest of trees of three labels, about 5 kB. */
  FOREST {
    @Override
    byte[] make(Random random, int tenant, int version) {
      return new Forest(random).toBytes();
    }
  },

  /** By turns one of the above: tenants with odd numbers linear, the others a forest. */
  MIXED {
    @Override
    byte[] make(Random random, int tenant, int version) {
      return (tenant % 2 == 1 ? LINEAR : FOREST).make(random, tenant, version);
    }
  },

  /** Answers {@code tenant * 1000 + version} for every row, so that each answer can be checked. */
  VERSION {
    @Override
    byte[] make(Random random, int tenant, int version) {
      return new OnnxFile()
          .constant("first", 0)
          .operator("Shape", List.of("x"), "shape")
          .operator("Gather", List.of("shape", "first"), "rows")
          .operator(
              "ConstantOfShape",
              List.of("rows"),
              "label",
              OnnxFile.tensor("value", answer(tenant, version)))
          .output("label", OnnxFile.Type.INT64, 1)
          .toBytes();
    }
  };

  /** Labels of a classifier: 0, 1, 2. */
  static final int CLASSES = 3;

  static final long[] LABELS = {0, 1, 2};
  private static final long TENANT_FACTOR = 1_000;

  abstract byte[] make(Random random, int tenant, int version);

  /**
   * An ONNX file.
   *
   * @param tenant the number of the tenant
   * @param version of the tenant's model; another one is another model
   */
  public byte[] model(long seed, int tenant, int version) {
    // By the generator whose numbers the JDK promises never to change.
    Random seeds = new Random(seed);
    long mixed = seeds.nextLong() + tenant * 0x9E3779B97F4A7C15L + version * 0xC2B2AE3D27D4EB4FL;
    return make(new Random(mixed), tenant, version);
  }

  /** The answer of a model of {@link #VERSION}. */
  public static long answer(int tenant, int version) {
    return tenant * TENANT_FACTOR + version;
  }

  /** The names, as users type them. */
  public static List<String> names() {
    return Arrays.stream(values()).map(FleetKind::wireName).toList();
  }

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Complete binary trees that ask one column at each node and vote for one label at each leaf. */
  private static final class Forest {
    private static final int TREES = 13;
    private static final int DEPTH = 3;
    private static final double MAX_LIMIT = 8;

    private final List<Long> trees = new ArrayList<>();
    private final List<Long> nodes = new ArrayList<>();
    private final List<Long> columns = new ArrayList<>();
    private final List<String> modes = new ArrayList<>();
    private final List<Float> limits = new ArrayList<>();
    private final List<Long> below = new ArrayList<>();
    private final List<Long> above = new ArrayList<>();
    private final List<Long> leafTrees = new ArrayList<>();
    private final List<Long> leafNodes = new ArrayList<>();
    private final List<Long> leafLabels = new ArrayList<>();

    Forest(Random random) {
      int inner = (1 << DEPTH) - 1;
      for (int tree = 0; tree < TREES; tree++) {
        for (int node = 0; node < 2 * inner + 1; node++) {
          boolean asks = node < inner;
          trees.add((long) tree);
          nodes.add((long) node);
          columns.add(asks ? (long) random.nextInt(OnnxFile.WIDTH) : 0);
          modes.add(asks ? "BRANCH_LEQ" : "LEAF");
          limits.add(asks ? (float) (random.nextDouble() * MAX_LIMIT) : 0);
          below.add(asks ? 2L * node + 1 : 0);
          above.add(asks ? 2L * node + 2 : 0);
          if (!asks) {
            leafTrees.add((long) tree);
            leafNodes.add((long) node);
            leafLabels.add((long) random.nextInt(CLASSES));
          }
        }
      }
    }

    byte[] toBytes() {
      float[] votes = new float[leafTrees.size()];
      Arrays.fill(votes, 1f / TREES);
      return new OnnxFile()
          .learned(
              "TreeEnsembleClassifier",
              List.of("label", "probabilities"),
              OnnxFile.integers("nodes_treeids", longs(trees)),
              OnnxFile.integers("nodes_nodeids", longs(nodes)),
              OnnxFile.integers("nodes_featureids", longs(columns)),
              OnnxFile.texts("nodes_modes", modes),
              OnnxFile.floats("nodes_values", floats(limits)),
              OnnxFile.integers("nodes_truenodeids", longs(below)),
              OnnxFile.integers("nodes_falsenodeids", longs(above)),
              OnnxFile.integers("class_treeids", longs(leafTrees)),
              OnnxFile.integers("class_nodeids", longs(leafNodes)),
              OnnxFile.integers("class_ids", longs(leafLabels)),
              OnnxFile.floats("class_weights", votes),
              OnnxFile.integers("classlabels_int64s", LABELS),
              OnnxFile.text("post_transform", "NONE"))
          .output("label", OnnxFile.Type.INT64, 1)
          .output("probabilities", OnnxFile.Type.FLOAT, CLASSES)
          .toBytes();
    }

    private static long[] longs(List<Long> values) {
      return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static float[] floats(List<Float> values) {
      float[] floats = new float[values.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = values.get(i);
      }
      return floats;
    }
  }
}
