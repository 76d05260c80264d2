package io.manymodels.adapter.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Direct memory in which a thread builds one tensor after another without new allocations. */
final class ScratchBuffer {
  private static final int KEPT_BYTES = 64 << 10;
  private static final ThreadLocal<ByteBuffer> KEPT =
      ThreadLocal.withInitial(() -> allocate(KEPT_BYTES));

  private ScratchBuffer() {}

  /** An empty buffer in native order, this thread's until its next call. */
  static ByteBuffer ofThisThread(long bytes) {
    return bytes <= KEPT_BYTES ? KEPT.get().clear() : allocate(Math.toIntExact(bytes));
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
