package io.manymodels.protocol.v2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which path stands for which call. */
class V2RouteTest {
  @ParameterizedTest
  @CsvSource({
    "/v2,SERVER,,",
    "/v2/,SERVER,,",
    "/v2/health/live,LIVE,,",
    "/v2/health/ready,READY,,",
    "/v2/models,MODELS,,",
    "/v2/models/stats,ALL_STATISTICS,,",
    "/v2/models/m,MODEL,m,",
    "/v2/models/m/,MODEL,m,",
    "/v2/models/m/ready,MODEL_READY,m,",
    "/v2/models/m/infer,INFER,m,",
    "/v2/models/m/config,CONFIG,m,",
    "/v2/models/m/stats,STATISTICS,m,",
    "/v2/models/stats/infer,INFER,stats,",
    "/v2/models/stats/versions/1,MODEL,stats,1",
    "/v2/models/m/versions/7,MODEL,m,7",
    "/v2/models/m/versions/7/infer,INFER,m,7",
    "/v2/models/m/versions/x/ready,MODEL_READY,m,x",
    "/v2/models/versions/infer,INFER,versions,",
    "/v2/repository/index,INDEX,,",
    "/v2/repository/models/m/load,LOAD,m,",
    "/v2/repository/models/m/unload,UNLOAD,m,",
  })
  void aPathHasItsCall(String path, V2Route.Call call, String model, String version) {
    assertThat(V2Route.has(path)).isTrue();
    assertThat(V2Route.of(path))
        .isEqualTo(new V2Route(call, model == null ? "" : model, version == null ? "" : version));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2//",
        "/v2/x",
        "/v2/health",
        "/v2/models//infer",
        "/v2/models/a/b",
        "/v2/models/a/b/infer",
        "/v2/models/a/versions",
        "/v2/models/a/versions//infer",
        "/v2/models/a/versions/1/infer/x",
        "/v2/models/../infer/x",
        "/v2/repository",
        "/v2/repository/models/a",
        "/v2/repository/models/a/b/load",
        "/v2/repository/models/a/drop",
      })
  void otherPathsAreNothing(String path) {
    assertThatThrownBy(() -> V2Route.of(path))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/systemsharedmemory/status,shared memory",
    "/v2/cudasharedmemory/region/r/register,shared memory",
    "/v2/trace/setting,tracing",
    "/v2/models/m/trace/setting,tracing",
    "/v2/logging,the log",
    "/v2/models/m/generate,infer",
    "/v2/models/m/versions/1/generate_stream,infer",
  })
  void whatTritonHasAndIsNotHereIsNamed(String path, String what) {
    assertThatThrownBy(() -> V2Route.of(path))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
        .hasMessageContaining(what);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2x", "/v", "/v20/models", "/score", ""})
  void otherProtocolsPathsAreNotTaken(String path) {
    assertThat(V2Route.has(path)).isFalse();
  }
}
