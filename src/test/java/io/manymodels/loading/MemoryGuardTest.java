package io.manymodels.loading;

import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.manymodels.inference.MemoryNeed;
import io.manymodels.loading.MemoryGuard.Share;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {
  private static final long MIB = 1 << 20;

  /** So much, of which so much is free, and more once it was tidied up. */
  private static final class Measured implements MemoryMeter {
    private long most = 100 * MIB;
    private long free = 60 * MIB;
    private long garbage;

    @Override
    public long limitBytes() {
      return most;
    }

    @Override
    public long freeBytes() {
      return free;
    }

    @Override
    public void reclaim() {
      free += garbage;
      garbage = 0;
    }
  }

  private final Measured heap = new Measured();
  private final Measured container = new Measured();
  private final MemoryGuard guard = new MemoryGuard(heap, container);

  private Share admit(long heapMib, long nativeMib) {
    return guard.admit(ref("tenant1", 3), new MemoryNeed(heapMib * MIB, nativeMib * MIB));
  }

  private void refuses(ErrorCode code, long heapMib, long nativeMib, String why) {
    ServingException e =
        assertThrows(ServingException.class, () -> admit(heapMib, nativeMib).close());
    assertThat(e.code()).isEqualTo(code);
    assertThat(e).hasMessageContaining("tenant1").hasMessageContaining(why);
  }

  @Test
  void takesWhatFits() {
    admit(60, 60).close();
    admit(0, 0).close();
    assertThat(guard.refusals()).isZero();
  }

  @Test
  void whatFitsNeverCannotBeLoaded() {
    refuses(ErrorCode.LOAD_FAILED, 101, 0, "takes 101 MiB of heap, a replica has 100");
    refuses(ErrorCode.LOAD_FAILED, 0, 2_000, "takes 2000 MiB of memory, a replica has 100");
    assertThat(guard.refusals()).isEqualTo(2);
  }

  @Test
  void whatDoesNotFitNowMayLater() {
    refuses(ErrorCode.OVERLOADED, 61, 0, "takes 61 MiB of heap, there are now 60");
    refuses(ErrorCode.OVERLOADED, 0, 61, "takes 61 MiB of memory, there are now 60");
    container.free = 61 * MIB;
    admit(0, 61).close();
  }

  @Test
  void garbageIsCollectedBeforeALoadIsRefused() {
    heap.garbage = 10 * MIB;
    admit(70, 0).close();
    assertThat(guard.refusals()).isZero();
  }

  @Test
  void loadsUnderWayHaveTheirsSetAside() {
    Share first = admit(40, 40);
    refuses(ErrorCode.OVERLOADED, 21, 0, "there are now 20");
    refuses(ErrorCode.OVERLOADED, 0, 21, "there are now 20");
    admit(20, 20).close();
    first.close();
    admit(60, 60).close();
  }

  @Test
  void aRefusedLoadKeepsNothing() {
    refuses(ErrorCode.OVERLOADED, 60, 61, "of memory");
    admit(60, 60).close();
  }
}
