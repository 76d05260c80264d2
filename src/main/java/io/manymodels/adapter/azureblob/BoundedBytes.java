package io.manymodels.adapter.azureblob;

import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Takes what is downloaded, up to a limit, and drops the rest. Grows with what comes, not with what
 * was announced. Not thread-safe.
 */
final class BoundedBytes extends OutputStream {
  private static final int FIRST_BYTES = 8 << 10;

  /** Larger ones are a burden on the heap. */
  private static final int HEAP_BYTES = 1 << 20;

  private final int limit;
  private ByteBuffer bytes;

  /** {@code limitBytes} is below 2 GiB. */
  BoundedBytes(long limitBytes) {
    this.limit = Math.toIntExact(limitBytes);
    this.bytes = ByteBuffer.allocate(Math.min(limit, FIRST_BYTES));
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) {
    int taken = Math.min(length, limit - bytes.position());
    if (taken > bytes.remaining()) {
      grow(bytes.position() + taken);
    }
    bytes.put(from, offset, taken);
  }

  ByteBuffer toBuffer() {
    return bytes.flip().asReadOnlyBuffer();
  }

  /** Past the heap's share at once to the limit: pieces of direct memory are given back late. */
  private void grow(int needed) {
    int capacity = (int) Math.min(limit, Math.max(needed, 2L * bytes.capacity()));
    ByteBuffer larger =
        capacity <= HEAP_BYTES ? ByteBuffer.allocate(capacity) : ByteBuffer.allocateDirect(limit);
    bytes = larger.put(bytes.flip());
  }
}
