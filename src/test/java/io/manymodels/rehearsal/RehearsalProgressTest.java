package io.manymodels.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RehearsalProgressTest {
  private static final Duration CPU = Duration.ofSeconds(2);
  private static final Duration WALL = Duration.ofSeconds(6);

  private final FakeTicker ticker = new FakeTicker();
  private final AtomicLong cpu = new AtomicLong(Duration.ofSeconds(9).toNanos());
  private final AtomicLong compile = new AtomicLong(700);
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final RehearsalProgress progress =
      new RehearsalProgress(new JvmWork(cpu::get, compile::get), ticker, CPU, WALL, stopped::get);

  private void use(int cpuMillis, int compileMillis) {
    cpu.addAndGet(Duration.ofMillis(cpuMillis).toNanos());
    compile.addAndGet(compileMillis);
  }

  @Test
  void itEndsWhenItsShareOfTheProcessorIsUsedUp() {
    use(1_999, 0);
    assertThat(progress.goesOn()).isTrue();
    use(1, 0);
    assertThat(progress.goesOn()).isFalse();
  }

  @Test
  void itEndsWhenItsTimeIsUpThoughItGotNoProcessor() {
    ticker.advance(WALL.minusNanos(1));
    assertThat(progress.goesOn()).isTrue();
    ticker.advance(Duration.ofNanos(1));
    assertThat(progress.goesOn()).isFalse();
  }

  @Test
  void itEndsEarlyWhenHardlyAnythingWasCompiledForAWhile() {
    use(150, 0);
    progress.round();
    assertThat(progress.goesOn()).as("too short a while to judge").isTrue();
    use(150, 100);
    progress.round();
    assertThat(progress.goesOn()).as("compilers were busy").isTrue();
    use(300, 10);
    progress.round();
    assertThat(progress.goesOn()).as("and are no longer").isFalse();
    assertThat(progress.told()).contains("compiled for 110 ms", "nothing left to compile");
  }

  @Test
  void itEndsWhenItIsStopped() {
    stopped.set(true);
    assertThat(progress.goesOn()).isFalse();
  }

  @Test
  void everyKindHasItsTurnBeforeOneIsAskedOften() {
    int first = progress.predictionsEach();
    progress.round();
    assertThat(progress.predictionsEach()).isEqualTo(2 * first);
    for (int i = 0; i < 100; i++) {
      progress.round();
    }
    assertThat(progress.predictionsEach()).isBetween(2 * first, 1_000);
  }

  @Test
  void itTellsWhatWasDone() {
    ticker.advance(Duration.ofMillis(30));
    use(20, 15);
    progress.did(12);
    progress.did(3);
    assertThat(progress.told())
        .isEqualTo(
            "30 ms, of which 20 of processor time: 2 models, 15 predictions, compiled for 15 ms");
  }
}
