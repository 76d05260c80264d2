package io.manymodels.adapter.onnx;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.tools.fleet.FleetKind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What {@link OnnxOutline} says of the weight of models, in words and by example. */
public final class WeightFormula {
  private WeightFormula() {}

  /** A model of {@code ./many-models fleet}. */
  public record Example(FleetKind kind, int fileBytes, int operators, long weightBytes) {}

  /** The formula, as the pages have it. */
  public static String text() {
    return String.format(
        Locale.ROOT,
        "w = %d KiB + %d KiB x operators + %s x bytes of the operators + the rest of the file",
        OnnxOutline.SESSION_BYTES >> 10,
        OnnxOutline.OPERATOR_BYTES >> 10,
        String.valueOf(OnnxOutline.ATTRIBUTE_FACTOR).replaceFirst("\\.0$", ""));
  }

  /** The first linear model and the first forest. */
  public static List<Example> examples() {
    return Stream.of(FleetKind.LINEAR, FleetKind.FOREST).map(WeightFormula::example).toList();
  }

  private static Example example(FleetKind kind) {
    byte[] file = kind.model(1, 1, 1);
    ModelRef ref = new ModelRef(new TenantId("tenant1"), new ModelVersion(1));
    OnnxOutline outline = OnnxOutline.of(ref, ByteBuffer.wrap(file));
    return new Example(kind, file.length, outline.operators(), outline.weightBytes());
  }
}
