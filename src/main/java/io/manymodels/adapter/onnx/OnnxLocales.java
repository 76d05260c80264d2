package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.manymodels.adapter.onnx.graph.StringNormalizerModel;
import io.manymodels.adapter.onnx.graph.TextLocales;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Finds the locales that ONNX Runtime can use here by trying each once. Java cannot be asked: it
 * has locales of its own, and ONNX Runtime those of the C++ library.
 *
 * <p>Where the locale that a model names is missing, it is replaced by one that changes the case of
 * all letters of Unicode: nearly every language agrees on these. The last resort is {@code C},
 * which every machine has, and which changes only the letters A to Z.
 */
final class OnnxLocales implements TextLocales {
  private static final System.Logger LOG = System.getLogger(OnnxLocales.class.getName());
  private static final List<String> OF_UNICODE =
      List.of("C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8", "en-US");
  private static final String LAST = "C";

  /** Where the small letter of I is not i. */
  private static final Set<String> LANGUAGES_OF_OTHER_CASE = Set.of("az", "crh", "ku", "tr", "tt");

  private static final int MAX_KNOWN = 1000;

  private final OrtEnvironment environment;
  private final Map<String, Boolean> known = new ConcurrentHashMap<>();

  private final AtomicBoolean warned = new AtomicBoolean();

  OnnxLocales(OrtEnvironment environment) {
    this.environment = environment;
  }

  @Override
  public String instead(String name) {
    if (exists(name) || LANGUAGES_OF_OTHER_CASE.contains(name.split("[_.@-]", 2)[0])) {
      return name;
    }
    for (String candidate : OF_UNICODE) {
      if (exists(candidate)) {
        return candidate;
      }
    }
    if (!warned.getAndSet(true)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "no locale of Unicode on this machine: models that ignore the case of letters do so for"
              + " A to Z only; install C.UTF-8 or en_US.UTF-8");
    }
    return LAST;
  }

  private boolean exists(String name) {
    if (known.size() >= MAX_KNOWN) {
      known.clear();
    }
    return known.computeIfAbsent(name, this::tried);
  }

  private OrtSession session(String locale, SessionOptions options) throws OrtException {
    options.setIntraOpNumThreads(1);
    return environment.createSession(StringNormalizerModel.withLocale(locale), options);
  }

  private boolean tried(String name) {
    try (SessionOptions options = new SessionOptions();
        OrtSession session = session(name, options)) {
      return session.getNumInputs() > 0;
    } catch (OrtException e) {
      return false;
    }
  }
}
