package io.manymodels.cli.serve;

import io.manymodels.threads.Threads;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has SIGTERM and Ctrl-C end the process in good order: what is to be done first is done while
 * everything still works. A hook of {@link Runtime#addShutdownHook} would run beside that of ONNX
 * Runtime, which closes its environment at once (OrtEnvironment, 1.28.0), so that no model can be
 * loaded any more for requests under way.
 *
 * <p>{@code sun.misc.Signal} is reached by reflection: it is in every JDK (module jdk.unsupported),
 * and the compiler has no way to take it without a warning. Where it is not, a hook has to do.
 */
final class TerminationSignals {
  /** By their numbers, which exit codes are made of. */
  private static final Map<String, Integer> NUMBERS = Map.of("TERM", 15, "INT", 2);

  private static final int ENDED_BY_SIGNAL = 128;

  private static final System.Logger LOG = System.getLogger(TerminationSignals.class.getName());

  private TerminationSignals() {}

  /**
   * Runs {@code first} after the first signal, on a thread of its own, and ends the process with
   * the exit code that says which signal it was. A second one ends it at once.
   */
  static void endAfter(Runnable first) {
    AtomicBoolean ending = new AtomicBoolean();
    for (Map.Entry<String, Integer> signal : NUMBERS.entrySet()) {
      int exitCode = ENDED_BY_SIGNAL + signal.getValue();
      try {
        handle(signal.getKey(), () -> end(ending, first, exitCode));
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        LOG.log(System.Logger.Level.DEBUG, "no handler of SIG" + signal.getKey(), e);
        Runtime.getRuntime()
            .addShutdownHook(
                Threads.daemon(
                    "drain",
                    () -> {
                      if (ending.compareAndSet(false, true)) {
                        first.run();
                      }
                    }));
      }
    }
  }

  private static void end(AtomicBoolean ending, Runnable first, int exitCode) {
    if (!ending.compareAndSet(false, true)) {
      Runtime.getRuntime().halt(exitCode);
    }
    Threads.daemon(
            "drain",
            () -> {
              try {
                first.run();
              } finally {
                System.exit(exitCode);
              }
            })
        .start();
  }

  private static void handle(String name, Runnable action) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    InvocationHandler invoked =
        (proxy, method, arguments) -> {
          switch (method.getName()) {
            case "handle" -> action.run();
            case "equals" -> {
              return proxy == arguments[0];
            }
            case "hashCode" -> {
              return System.identityHashCode(proxy);
            }
            default -> {
              return "ends the process in good order";
            }
          }
          return null;
        };
    Object made =
        Proxy.newProxyInstance(
            TerminationSignals.class.getClassLoader(), new Class<?>[] {handler}, invoked);
    Method register = signal.getMethod("handle", signal, handler);
    var unused = register.invoke(null, signal.getConstructor(String.class).newInstance(name), made);
  }
}
