package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.manymodels.adapter.onnx.graph.GraphSignature;
import io.manymodels.adapter.onnx.graph.PackedFile;
import io.manymodels.adapter.onnx.graph.ServedGraph;
import io.manymodels.adapter.onnx.graph.TextLocales;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.MemoryNeed;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Binding;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * Loads ONNX models of any number of inputs and outputs. Thread-safe.
 *
 * <p>Session options are for thousands of small models in a process rather than for one big one:
 *
 * <ul>
 *   <li>a session has no threads: a prediction runs on the thread that asks for it, and many at
 *       once keep the cores busy;
 *   <li>no graph optimisation: on small models it costs load time and memory and gives nothing, on
 *       big ones it gives little for one row;
 *   <li>no pre-packed copies of weights: they nearly double the memory of a neural network and save
 *       a small part of a call;
 *   <li>no memory arena and no memory pattern: each would be kept by every session.
 * </ul>
 */
public final class OnnxModelLoader implements ModelLoader {
  /** Cannot exist: a model may name files that hold its weights, and ours must hold them itself. */
  private static final String NO_FOLDER = "/dev/null/none";

  /** A hundred thousand times of what a small model takes. */
  private static final Duration TRIAL_LIMIT = Duration.ofSeconds(5);

  private final OrtEnvironment environment;
  private final TextLocales locales;
  private final Duration trialLimit;

  /**
   * Loads the native library; throws {@link io.manymodels.inference.LoaderUnavailableException}
   * where that cannot be done.
   */
  public OnnxModelLoader() {
    this(TRIAL_LIMIT);
  }

  /** {@code trialLimit} is how long the prediction that tries a model may take. */
  OnnxModelLoader(Duration trialLimit) {
    this.trialLimit = trialLimit;
    this.environment = NativeLibrary.load();
    this.locales = new OnnxLocales(environment);
    OnnxModel.startLimits();
  }

  @Override
  public String format() {
    return "onnx";
  }

  /**
   * The file, its parsed form and the session are there at once: at the peak a network of 256 MiB
   * took 2.0 times its file and a forest 12.7 times, where this says 3 and 13.
   */
  @Override
  public MemoryNeed memory(ArtifactDescriptor artifact, ByteBuffer bytes) {
    long session = OnnxOutline.of(artifact.ref(), bytes).weightBytes();
    long copy = bytes.isDirect() ? 0 : bytes.remaining();
    return new MemoryNeed(copy, 2 * session + bytes.remaining());
  }

  @Override
  public Optional<Signature> signature(ModelRef ref, ByteBuffer bytes) {
    return Optional.of(GraphSignature.of(ref, bytes));
  }

  @Override
  public ByteBuffer packed(ModelRef ref, ByteBuffer bytes, OtherFiles others) {
    return PackedFile.of(ref, bytes, others);
  }

  @Override
  public LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes) {
    ModelRef ref = artifact.ref();
    OnnxOutline outline = OnnxOutline.of(ref, bytes);
    DeclaredSizes.check(ref, bytes);
    ServedGraph served = ServedGraph.of(ref, bytes, locales);
    Signature signature = named(artifact, served.signature());
    try (SessionOptions options = options()) {
      OnnxModel model =
          model(ref, session(served.bytes(), options), signature, served, outline.weightBytes());
      try {
        new ModelTrial(ref, model, trialLimit).run(artifact.usage().example());
        return model;
      } catch (RuntimeException e) {
        model.close();
        throw e;
      }
    } catch (OrtException e) {
      throw OrtFailures.failed(ref, "loading", e);
    }
  }

  /** The model of this session, which is closed when it cannot be one. */
  private OnnxModel model(
      ModelRef ref, OrtSession session, Signature signature, ServedGraph served, long weightBytes)
      throws OrtException {
    try {
      return new OnnxModel(
          ref,
          session,
          new Binding(signature),
          new SessionInputs(ref, environment, session, signature, served),
          new SessionOutputs(ref, signature, served.keys()),
          weightBytes);
    } catch (RuntimeException | OrtException e) {
      session.close();
      throw e;
    }
  }

  /** The signature of the file with the names and substitutes that the publisher gave. */
  private static Signature named(ArtifactDescriptor artifact, Signature ofFile) {
    Usage usage = artifact.usage();
    try {
      Signature wide = usage.signature().map(ofFile::asWideAs).orElse(ofFile);
      return usage.signature().map(Naming::of).orElse(usage.naming()).on(wide);
    } catch (IllegalArgumentException e) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          artifact.ref() + ": its metadata do not fit the model: " + e.getMessage(),
          e);
    }
  }

  private static SessionOptions options() throws OrtException {
    SessionOptions options = new SessionOptions();
    try {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.addConfigEntry("session.inter_op.allow_spinning", "0");
      options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
      options.addConfigEntry("session.disable_prepacking", "1");
      options.addConfigEntry("session.model_external_initializers_file_folder_path", NO_FOLDER);
      options.setMemoryPatternOptimization(false);
      options.setCPUArenaAllocator(false);
      return options;
    } catch (OrtException e) {
      options.close();
      throw e;
    }
  }

  /** Direct memory is taken as it lies; other bytes are copied for the duration of the call. */
  private OrtSession session(ByteBuffer bytes, SessionOptions options) throws OrtException {
    if (bytes.isDirect()) {
      return environment.createSession(bytes.duplicate(), options);
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return environment.createSession(copy, options);
  }
}
