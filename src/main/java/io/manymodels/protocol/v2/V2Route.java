package io.manymodels.protocol.v2;

import io.manymodels.http.MethodNotAllowedException;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A path of this protocol.
 *
 * @param call that it stands for
 * @param model as it was named; empty where the call is about none
 * @param version as it was named; empty for the live one
 */
record V2Route(Call call, String model, String version) {
  static final String ROOT = "/v2";

  /** What can be asked. */
  enum Call {
    SERVER,
    LIVE,
    READY,
    MODELS,
    ALL_STATISTICS,
    MODEL,
    MODEL_READY,
    INFER,
    CONFIG,
    STATISTICS,
    INDEX,
    LOAD,
    UNLOAD;

    /** The methods by which it is asked. */
    List<String> methods() {
      return switch (this) {
        case INFER, INDEX, LOAD, UNLOAD -> MethodNotAllowedException.POST;
        default -> MethodNotAllowedException.GET;
      };
    }
  }

  /** What Triton has at paths of these names. */
  private static final Map<String, String> NOT_HERE =
      Map.of(
          "systemsharedmemory", "shared memory; send tensors in the request",
          "cudasharedmemory", "shared memory; send tensors in the request",
          "trace", "tracing",
          "logging", "way to change the log",
          "generate", "generation; ask by infer",
          "generate_stream", "generation; ask by infer");

  /** Whether a path belongs to this protocol. */
  static boolean has(String path) {
    return path.startsWith(ROOT) && (path.length() == ROOT.length() || path.charAt(3) == '/');
  }

  /**
   * The route of a path, which may end with a slash. All models together come before a model named
   * {@code stats}, as in Triton, whose versions have paths of their own.
   *
   * @throws ServingException {@code NOT_FOUND}
   */
  static V2Route of(String path) {
    String inner = path.substring(ROOT.length());
    if (inner.endsWith("/")) {
      inner = inner.substring(0, inner.length() - 1);
    }
    return switch (inner) {
      case "" -> of(Call.SERVER);
      case "/health/live" -> of(Call.LIVE);
      case "/health/ready" -> of(Call.READY);
      case "/models" -> of(Call.MODELS);
      case "/models/stats" -> of(Call.ALL_STATISTICS);
      case "/repository/index" -> of(Call.INDEX);
      default -> ofModel(inner.split("/", -1));
    };
  }

  private static V2Route of(Call call) {
    return new V2Route(call, "", "");
  }

  /** Of {@code ["", "models", M, ("versions", V)?, word?]} or the like of a repository. */
  private static V2Route ofModel(String[] parts) {
    int count = parts.length;
    if (count == 5 && parts[1].equals("repository") && parts[2].equals("models")) {
      return switch (parts[4]) {
        case "load" -> new V2Route(Call.LOAD, parts[3], "");
        case "unload" -> new V2Route(Call.UNLOAD, parts[3], "");
        default -> throw nothing(parts);
      };
    }
    if (count < 3 || !parts[1].equals("models") || parts[2].isEmpty()) {
      throw nothing(parts);
    }
    boolean versioned = count >= 5 && parts[3].equals("versions") && !parts[4].isEmpty();
    int word = versioned ? 5 : 3;
    if (count > word + 1) {
      throw nothing(parts);
    }
    Call call = count == word ? Call.MODEL : call(parts[word], parts);
    return new V2Route(call, parts[2], versioned ? parts[4] : "");
  }

  private static Call call(String word, String[] parts) {
    return switch (word) {
      case "ready" -> Call.MODEL_READY;
      case "infer" -> Call.INFER;
      case "config" -> Call.CONFIG;
      case "stats" -> Call.STATISTICS;
      default -> throw nothing(parts);
    };
  }

  private static ServingException nothing(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      @Nullable String what = NOT_HERE.get(parts[i]);
      if (what != null) {
        return notFound("there is no " + what);
      }
    }
    return notFound(
        "there is nothing at this path; paths are " + ROOT + "/models/MODEL/infer and the like");
  }

  private static ServingException notFound(String detail) {
    return new ServingException(ErrorCode.NOT_FOUND, detail);
  }
}
