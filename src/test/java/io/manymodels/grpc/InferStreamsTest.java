package io.manymodels.grpc;

import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import inference.GrpcService.InferParameter;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelStreamInferResponse;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.manymodels.config.Environment;
import io.manymodels.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ModelStreamInfer by a real client. */
class InferStreamsTest {
  @TempDir private Path folder;
  private GrpcFixture running;

  @BeforeEach
  void start() {
    running = GrpcFixture.start(folder, Environment.empty(), "row_sum");
  }

  @AfterEach
  void stop() {
    running.close();
  }

  /** What came of a stream. */
  private static final class Answers implements StreamObserver<ModelStreamInferResponse> {
    private final List<ModelStreamInferResponse> all = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    @Override
    public void onNext(ModelStreamInferResponse answer) {
      all.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }

    private Status.Code ended() throws Exception {
      return end.get(30, TimeUnit.SECONDS).getCode();
    }
  }

  private static ModelInferRequest asked(String model, int number) {
    return request(model, input("x", "FP32", 1, 3).setContents(floats(number, 0, 0)))
        .setId(String.valueOf(number))
        .build();
  }

  @Test
  void manyRequestsAreAnsweredInTheirOrder() throws Exception {
    Answers answers = new Answers();
    StreamObserver<ModelInferRequest> stream = running.client().stream(answers);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      stream.onNext(asked("row_sum", i));
      ids.add(String.valueOf(i));
    }
    stream.onCompleted();
    assertThat(answers.ended()).isEqualTo(Status.Code.OK);
    assertThat(answers.all).extracting(each -> each.getInferResponse().getId()).isEqualTo(ids);
    assertThat(answers.all.get(7).getInferResponse().getOutputs(0).getContents().getFp32Contents(0))
        .isEqualTo(7f);
  }

  @Test
  void aFailureIsToldAndTheStreamGoesOn() throws Exception {
    Answers answers = new Answers();
    StreamObserver<ModelInferRequest> stream = running.client().stream(answers);
    stream.onNext(asked("nobody", 1));
    stream.onNext(asked("row_sum", 2));
    Eventually.holds("both are answered", () -> answers.all.size() == 2);
    assertThat(answers.all.get(0).getErrorMessage()).contains("nobody");
    assertThat(answers.all.get(0).getInferResponse().getId()).isEqualTo("1");
    assertThat(answers.all.get(1).getErrorMessage()).isEmpty();
    stream.onCompleted();
    assertThat(answers.ended()).isEqualTo(Status.Code.OK);
  }

  /** Of models that answer once the answer is the last, and no empty one follows. */
  @Test
  void eachAnswerSaysThatItIsTheLastOfItsRequest() throws Exception {
    Answers answers = new Answers();
    StreamObserver<ModelInferRequest> stream = running.client().stream(answers);
    stream.onNext(asked("row_sum", 1));
    stream.onNext(
        asked("row_sum", 2).toBuilder()
            .putParameters(
                "triton_enable_empty_final_response",
                InferParameter.newBuilder().setBoolParam(true).build())
            .build());
    stream.onCompleted();
    assertThat(answers.ended()).isEqualTo(Status.Code.OK);
    assertThat(answers.all)
        .hasSize(2)
        .allSatisfy(
            each ->
                assertThat(
                        each.getInferResponse()
                            .getParametersOrThrow("triton_final_response")
                            .getBoolParam())
                    .isTrue());
  }

  @Test
  void aFailureEndsTheStreamWhereTheClientWantsThat() throws Exception {
    Answers answers = new Answers();
    StreamObserver<ModelInferRequest> stream =
        running
            .client(
                CallOptions.DEFAULT.withCallCredentials(
                    SentHeaders.of("triton_grpc_error", "true")))
            .stream(answers);
    stream.onNext(asked("row_sum", 1));
    stream.onNext(asked("nobody", 2));
    stream.onNext(asked("row_sum", 3));
    assertThat(answers.ended()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(answers.all).hasSize(1);
  }

  @Test
  void aMessageThatIsTooLargeIsSaidToBe() throws Exception {
    Answers answers = new Answers();
    StreamObserver<ModelInferRequest> stream = running.client().stream(answers);
    stream.onNext(
        request("row_sum", input("x", "FP32", 1, 3))
            .addRawInputContents(ByteString.copyFrom(new byte[65 << 20]))
            .build());
    assertThat(answers.ended()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void aStreamWithoutRequestsEnds() throws Exception {
    Answers answers = new Answers();
    running.client().stream(answers).onCompleted();
    assertThat(answers.ended()).isEqualTo(Status.Code.OK);
    assertThat(answers.all).isEmpty();
  }

  /** Nothing that was accepted fails, and an open stream does not hold the process. */
  @Test
  void aServerThatEndsAnswersWhatIsUnderWay() throws Exception {
    Answers answers = new Answers();
    StreamObserver<ModelInferRequest> stream = running.client().stream(answers);
    stream.onNext(asked("row_sum", 1));
    Eventually.holds("it is answered", () -> answers.all.size() == 1);
    CompletableFuture<Void> drained =
        running.process().grpc().orElseThrow().drain(Duration.ZERO, Duration.ofSeconds(20));
    assertThat(answers.ended()).isEqualTo(Status.Code.UNAVAILABLE);
    drained.get(10, TimeUnit.SECONDS);
  }
}
