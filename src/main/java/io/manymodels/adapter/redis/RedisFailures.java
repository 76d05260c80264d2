package io.manymodels.adapter.redis;

import io.manymodels.model.ServingException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Describes failures of Redis in fixed words, without text from the server or the client library.
 * The words continue a sentence that begins with the server.
 */
final class RedisFailures {
  /** The server's errors by their first word (src/server.c, createSharedObjects, of Redis 7). */
  private static final Map<String, String> BY_CODE =
      Map.ofEntries(
          Map.entry("WRONGPASS", "refuses the user or the password"),
          Map.entry("NOAUTH", "asks for a password, and none is set"),
          Map.entry("NOPERM", "does not permit this user the command or the key"),
          Map.entry("OOM", "is full (maxmemory)"),
          Map.entry("READONLY", "is a replica that cannot be written to"),
          Map.entry("LOADING", "is starting: it loads its data"),
          Map.entry("MISCONF", "takes no writes because it cannot save them"),
          Map.entry("MASTERDOWN", "is a replica without its primary"),
          Map.entry("NOREPLICAS", "takes no writes because it has too few replicas"),
          Map.entry("BUSY", "is busy with a script"),
          Map.entry("WRONGTYPE", "holds something of another type at the key"),
          Map.entry("DENIED", "is in protected mode: it takes no clients from other machines"),
          Map.entry("MOVED", "is part of a cluster, which is not supported"),
          Map.entry("ASK", "is part of a cluster, which is not supported"));

  /** Failures without a code of their own: a part of the server's text in lower case. */
  private static final Map<String, String> BY_TEXT =
      Map.of(
          "without any password configured", "has no password, and one is set",
          "max number of clients", "has too many clients",
          "db index is out of range", "has no database of this number",
          "invalid password", "refuses the user or the password");

  private static final Pattern CODE = Pattern.compile("([A-Z]{2,20})( .*|$)", Pattern.DOTALL);
  private static final int MAX_DEPTH = 50;

  private RedisFailures() {}

  static String explain(Throwable failure) {
    Deque<Throwable> causes = new ArrayDeque<>();
    causes.add(failure);
    boolean insecure = false;
    for (int i = 0; i < MAX_DEPTH && !causes.isEmpty(); i++) {
      Throwable cause = causes.remove();
      Optional<String> words = explainOne(cause);
      if (words.isPresent()) {
        return words.get();
      }
      insecure |= cause instanceof SSLException;
      @Nullable Throwable deeper = cause.getCause();
      if (deeper != null) {
        causes.add(deeper);
      }
      // A connection that fails has the failure of each address as suppressed.
      causes.addAll(List.of(cause.getSuppressed()));
    }
    return insecure ? "does not speak TLS as it should" : "has closed the connection";
  }

  private static Optional<String> explainOne(Throwable cause) {
    if (cause instanceof ServingException) {
      return Optional.of("is not asked: " + cause.getMessage());
    }
    if (cause instanceof JedisDataException) {
      return Optional.of(answer(String.valueOf(cause.getMessage())));
    }
    if (cause instanceof CertificateException) {
      return Optional.of("has a certificate that is not trusted, or of another host");
    }
    if (cause instanceof SocketTimeoutException) {
      return Optional.of("does not answer in time");
    }
    if (cause instanceof UnknownHostException) {
      return Optional.of("has a host name that is not known");
    }
    if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
      return Optional.of("cannot be reached");
    }
    if (cause instanceof NoSuchElementException) {
      return Optional.of("is busy: all connections to it are in use");
    }
    if (cause instanceof IllegalStateException || cause instanceof RejectedExecutionException) {
      return Optional.of("is not asked any more: the store is closed");
    }
    return Optional.empty();
  }

  private static String answer(String message) {
    String lower = message.toLowerCase(Locale.ROOT);
    for (Map.Entry<String, String> known : BY_TEXT.entrySet()) {
      if (lower.contains(known.getKey())) {
        return known.getValue();
      }
    }
    Matcher code = CODE.matcher(message);
    if (!code.matches()) {
      return "answers with an error";
    }
    return BY_CODE.getOrDefault(code.group(1), "answers with the error " + code.group(1));
  }

  /** Whether somebody waited in vain, so that nobody should wait again at once. */
  static boolean isTimeout(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** Whether the server is a replica now, so that its name may mean another one. */
  static boolean isReadOnly(JedisDataException failure) {
    return String.valueOf(failure.getMessage()).startsWith("READONLY");
  }
}
