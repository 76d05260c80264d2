package io.manymodels.http;

import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.stats.ModelCost;
import io.manymodels.tensor.Prediction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Times what a /score does inside the JVMs, stage by stage on one thread, without Ray. In this
 * package because the edge's classes are not public.
 *
 * <p>The loops are hot, so these are the stages' lower bounds: in a replica caches are colder.
 */
public final class Stages {
  private static final int WARM_UP_PASSES = 40;
  private static final int BATCHES = 21;
  private static final int BATCH_MILLIS = 40;
  private static final int HOT_DEPLOYMENTS = 10;
  private static final int MAP_LIMIT = 100;
  private static volatile Object sink = "";

  private final String envelope;
  private final LoadedModel model;
  private final TenantId tenant;
  private final Map<String, Supplier<Object>> works = new LinkedHashMap<>();

  private Stages(String envelope, TenantId tenant, ByteBuffer artifact) {
    this.envelope = envelope;
    this.tenant = tenant;
    ArtifactDescriptor descriptor =
        new ArtifactDescriptor(
            new ModelRef(tenant, new ModelVersion(1)),
            ArtifactDigest.of(artifact),
            artifact.remaining(),
            "onnx",
            Instant.EPOCH);
    this.model = new OnnxModelLoader().load(descriptor, artifact);
  }

  /**
   * Prints one line of JSON: nanoseconds by stage.
   *
   * @param arguments a file with a request as the middleware writes it, the tenant, its model.onnx
   */
  public static void main(String[] arguments) throws IOException {
    Stages stages =
        new Stages(
            Files.readString(Path.of(arguments[0])),
            new TenantId(arguments[1]),
            ByteBuffer.wrap(Files.readAllBytes(Path.of(arguments[2]))));
    stages.prepare();
    System.out.println(
        stages.nanosByStage().entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "\"%s\":%d", e.getKey(), e.getValue()))
            .collect(Collectors.joining(",", "{", "}")));
  }

  private void prepare() {
    DispatcherConfig limits = DispatcherConfig.DEFAULT;
    DeploymentMap map = DeploymentMap.of(table());
    IngressRequest request = Envelope.read(envelope);
    ScoreBody.Parsed body = ScoreBody.parse(request.body(), limits);
    PredictRequest question = new PredictRequest(body.tenant(), body.rows(), 10_000);
    byte[] frame = PredictCodec.encode(question);
    Prediction prediction = model.predict(body.rows());
    Predicted predicted =
        new Predicted(
            new ModelRef(tenant, new ModelVersion(1)), prediction, false, new ModelCost(0, 0));
    byte[] reply = PredictCodec.encode((PredictReply) predicted);
    Scored scored = new Scored("Deployment1", predicted);
    HttpResponse response = HttpResponse.json(ScoreAnswer.write(scored, map, MAP_LIMIT));

    time("Envelope.read", () -> Envelope.read(envelope));
    time("ScoreBody.parse", () -> ScoreBody.parse(request.body(), limits));
    time("PredictCodec.encode request", () -> PredictCodec.encode(question));
    time("PredictCodec.decode request", () -> PredictCodec.decodeRequest(frame));
    time("OnnxModel.predict", () -> model.predict(body.rows()));
    time("PredictCodec.encode reply", () -> PredictCodec.encode((PredictReply) predicted));
    time("PredictCodec.decode reply", () -> PredictCodec.decodeReply(reply));
    time("ScoreAnswer.write", () -> ScoreAnswer.write(scored, map, MAP_LIMIT));
    time("Envelope.write", () -> Envelope.write(response, limits.maxBodyBytes()));
  }

  private PlacementTable table() {
    Map<TenantId, Placement> placements = new LinkedHashMap<>();
    for (int i = 1; i <= HOT_DEPLOYMENTS; i++) {
      placements.put(new TenantId("tenant" + i), new Placement("Deployment" + i, true));
    }
    return PlacementTable.of(Generation.NONE.next(), placements);
  }

  private void time(String stage, Supplier<Object> work) {
    work.get();
    works.put(stage, work);
  }

  /** The median of some batches; all stages in turn, after passes in which they were compiled. */
  private Map<String, Long> nanosByStage() {
    Map<String, Long> perBatch = new LinkedHashMap<>();
    for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
      works.forEach((stage, work) -> perBatch.put(stage, callsWithin(BATCH_MILLIS, work)));
    }
    Map<String, List<Long>> nanos = new LinkedHashMap<>();
    for (int batch = 0; batch < BATCHES; batch++) {
      works.forEach(
          (stage, work) ->
              nanos
                  .computeIfAbsent(stage, name -> new ArrayList<>())
                  .add(nanosOf(perBatch.getOrDefault(stage, 1L), work)));
    }
    Map<String, Long> medians = new LinkedHashMap<>();
    nanos.forEach(
        (stage, all) -> medians.put(stage, all.stream().sorted().toList().get(BATCHES / 2)));
    return medians;
  }

  private static long nanosOf(long calls, Supplier<Object> work) {
    long started = System.nanoTime();
    for (long i = 0; i < calls; i++) {
      sink = work.get();
    }
    return (System.nanoTime() - started) / calls;
  }

  private static long callsWithin(int millis, Supplier<Object> work) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long calls = 0;
    do {
      sink = work.get();
      calls++;
    } while (System.nanoTime() < end);
    return calls;
  }
}
