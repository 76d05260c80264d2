package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Binding;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.InputRows;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Bodies of requests are read, or refused with a problem that names the place; nothing else. So are
 * their rows by models of all kinds.
 */
class BodiesFuzzTest {
  private static final DispatcherConfig LIMITS =
      new DispatcherConfig(1 << 16, 100, 1_000, 10_000, 2_000, 60, 32, 100);
  private static final Set<ErrorCode> REFUSALS =
      Set.of(ErrorCode.INVALID_INPUT, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.INPUT_MISMATCH);

  /** Models of all kinds of inputs. */
  private static final List<Binding> BINDINGS =
      List.of(
          binding(input("x", Datatype.FP32, -1, 2)),
          binding(input("a", Datatype.BYTES, -1, 1), input("b", Datatype.INT64, -1, 1)),
          binding(input("t", Datatype.FP16, -1, -1, 2), input("a", Datatype.UINT64)),
          binding(input("b", Datatype.BOOL, -1, -1)));

  private static ModelInput input(String name, Datatype type, long... shape) {
    return new ModelInput(name, type, Arrays.stream(shape).boxed().toList());
  }

  private static Binding binding(ModelInput... inputs) {
    ModelOutput output = new ModelOutput("out", Datatype.FP32, List.of());
    return new Binding(new Signature(List.of(inputs), List.of(output)));
  }

  private static void write(Binding binding, Rows rows) {
    for (InputRows input : binding.bind(rows)) {
      for (int row = 0; input != null && row < rows.count(); row++) {
        int count = input.count(row);
        if (input.input().datatype() == Datatype.BYTES) {
          assertThat(input.write(new String[count], 0, row)).isEqualTo(count);
        } else {
          ByteBuffer target = ByteBuffer.allocate(count * input.input().datatype().bytes());
          input.write(target, row);
          assertThat(target.hasRemaining()).isFalse();
        }
      }
    }
  }

  private static void readOrRefused(Runnable read) {
    try {
      read.run();
    } catch (ServingException e) {
      assertThat(e.code()).isIn(REFUSALS);
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @FuzzTest(maxDuration = "60s")
  void score(byte[] input) {
    String body = new String(input, UTF_8);
    readOrRefused(
        () -> {
          ScoreBody.Parsed parsed = ScoreBody.parse(Body.of(input, input.length), LIMITS);
          assertThat(parsed.rows().count()).isBetween(1, LIMITS.maxRows());
          assertThat(parsed.rows().values()).isLessThanOrEqualTo(LIMITS.maxValues());
          for (Binding binding : BINDINGS) {
            readOrRefused(() -> write(binding, parsed.rows()));
          }
        });
    readOrRefused(() -> PoolBody.parse(body));
    readOrRefused(() -> RefreshBody.parse(body));
  }
}
