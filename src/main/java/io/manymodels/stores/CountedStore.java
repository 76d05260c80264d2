package io.manymodels.stores;

import io.manymodels.measuring.Count;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A store whose calls are counted by whether it could be asked, whatever its port: each call goes
 * to a disk or over a network, beside which the reflection costs nothing. As thread-safe as the
 * store.
 */
final class CountedStore implements InvocationHandler {
  /** What reaches no store. */
  private static final Set<String> LOCAL =
      Set.of("close", "tenantsAtOnce", "equals", "hashCode", "toString");

  private final Object store;
  private final Count answered;
  private final Count unavailable;

  private CountedStore(Object store, String name, Measurements measurements) {
    this.store = store;
    this.answered = measurements.count(Measure.STORE_CALLS, name, "ok");
    this.unavailable = measurements.count(Measure.STORE_CALLS, name, "unavailable");
  }

  /**
   * The store, counted.
   *
   * @param port the interface that it is known by
   * @param name of the store in metrics
   */
  static <P> P of(Class<P> port, P store, String name, Measurements measurements) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            new CountedStore(store, name, measurements)));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    boolean local = LOCAL.contains(method.getName());
    try {
      Object answer = method.invoke(store, arguments);
      if (!local) {
        answered.increment();
      }
      return answer;
    } catch (InvocationTargetException e) {
      Throwable cause = e.getTargetException();
      if (!local) {
        (isUnavailable(cause) ? unavailable : answered).increment();
      }
      throw cause;
    }
  }

  private static boolean isUnavailable(Throwable cause) {
    return cause instanceof ServingException failure
        && failure.code() == ErrorCode.STORE_UNAVAILABLE;
  }
}
