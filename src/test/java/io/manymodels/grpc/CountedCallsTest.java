package io.manymodels.grpc;

import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.manymodels.config.Environment;
import io.manymodels.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of gRPC are in the same metrics as requests over HTTP. */
class CountedCallsTest {
  @TempDir private Path folder;
  private final HttpClient http = HttpClient.newHttpClient();

  private String metrics(GrpcFixture running) {
    URI uri = URI.create("http://127.0.0.1:" + running.process().port() + "/metrics?process=self");
    try {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString(UTF_8)).body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void byTheirCodeAndTheErrorCode() {
    try (GrpcFixture running = GrpcFixture.start(folder, Environment.empty(), "row_sum")) {
      var row = input("x", "FP32", 1, 3).setContents(floats(1, 2, 3));
      for (int i = 0; i < 3; i++) {
        assertThat(running.client().infer(request("row_sum", row).build()).getModelName())
            .isEqualTo("row_sum");
      }
      Status failed =
          GrpcFixture.failure(() -> running.client().infer(request("nobody", row).build()));
      assertThat(failed.getCode()).isEqualTo(Status.Code.NOT_FOUND);
      Eventually.holds(
          "all are counted",
          () -> metrics(running).contains("mms_request_seconds_count{protocol=\"grpc\"} 4\n"));
      assertThat(metrics(running))
          .contains("mms_answers_total{code=\"ok\",protocol=\"grpc\",status=\"0\"} 3.0\n")
          .contains(
              "mms_answers_total{code=\"model-not-found\",protocol=\"grpc\",status=\"5\"} 1.0\n")
          .contains(
              "mms_predictions_total{code=\"model-not-found\",deployment_kind=\"none\"} 1.0\n");
    }
  }
}
