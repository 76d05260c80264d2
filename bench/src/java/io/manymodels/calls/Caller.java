package io.manymodels.calls;

import java.util.function.Consumer;

/** One way of calling another process. Thread-safe. */
interface Caller extends AutoCloseable {

  /**
   * Sends the frame; {@code done} gets what came back, or null when the call failed, on a thread of
   * the caller's own.
   */
  void call(byte[] frame, Consumer<byte[]> done);

  @Override
  void close();
}
