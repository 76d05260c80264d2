package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentCodingsTest {
  private static final BodyLimit LIMIT = new BodyLimit(100_000);
  private static final String LONG = "{\"a\":[" + "0.125,".repeat(1_000) + "0]}";

  private static byte[] packed(byte[] bytes, String coding) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        coding.equals("deflate")
            ? new DeflaterOutputStream(packed)
            : new GZIPOutputStream(packed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return packed.toByteArray();
  }

  private static IngressRequest request(String coding, byte[] body) {
    return new IngressRequest(
        "POST", "/x", "", Map.of("content-encoding", coding), "id", 0, Body.of(body, body.length));
  }

  private static IngressRequest accepting(String codings) {
    return new IngressRequest(
        "GET", "/x", "", Map.of("accept-encoding", codings), "id", 0, Body.of(""));
  }

  private static void assertRefused(IngressRequest request, ErrorCode code) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> ContentCodings.unpacked(request, LIMIT))
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "GZIP", "x-gzip", "deflate", " identity , gzip", ",deflate,"})
  void whatAClientCompressedIsUnpacked(String coding) {
    String kind = coding.contains("deflate") ? "deflate" : "gzip";
    byte[] body = packed(LONG.getBytes(UTF_8), kind);
    assertThat(ContentCodings.unpacked(request(coding, body), LIMIT).text()).isEqualTo(LONG);
  }

  @Property(tries = 200)
  void anyBytesComeThrough(@ForAll byte[] bytes) {
    for (String coding : new String[] {"gzip", "deflate"}) {
      Body body = ContentCodings.unpacked(request(coding, packed(bytes, coding)), LIMIT);
      byte[] got = new byte[body.bytes().remaining()];
      body.bytes().get(got);
      assertThat(got).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"br", "zstd", "gzip, gzip", "deflate,gzip", "compress", "x"})
  void otherCodingsAreRefused(String coding) {
    assertRefused(request(coding, new byte[3]), ErrorCode.UNSUPPORTED_MEDIA_TYPE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void whatIsNotWhatItSaysIsRefused(String coding) {
    byte[] good = packed(LONG.getBytes(UTF_8), coding);
    assertRefused(request(coding, LONG.getBytes(UTF_8)), ErrorCode.INVALID_INPUT);
    assertRefused(request(coding, new byte[0]), ErrorCode.INVALID_INPUT);
    assertRefused(request(coding, Arrays.copyOf(good, good.length / 2)), ErrorCode.INVALID_INPUT);
    byte[] wrongSum = good.clone();
    wrongSum[good.length - 6] ^= 1;
    assertRefused(request(coding, wrongSum), ErrorCode.INVALID_INPUT);
  }

  /** Every cut of a good body is refused or, where only what follows the data is cut, is whole. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void noCutIsTakenForTheWhole(String coding) {
    byte[] good = packed("{\"data\":[[1,2]]}".getBytes(UTF_8), coding);
    for (int length = 0; length < good.length; length++) {
      assertRefused(request(coding, Arrays.copyOf(good, length)), ErrorCode.INVALID_INPUT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void aBombIsRefusedBeforeItIsUnpacked(String coding) {
    byte[] bomb = packed(new byte[50 << 20], coding);
    assertThat(bomb.length).isLessThan(LIMIT.bytes());
    assertRefused(request(coding, bomb), ErrorCode.PAYLOAD_TOO_LARGE);
    byte[] longest = packed(new byte[LIMIT.bytes()], coding);
    assertThat(ContentCodings.unpacked(request(coding, longest), LIMIT).bytes().remaining())
        .isEqualTo(LIMIT.bytes());
    byte[] longer = packed(new byte[LIMIT.bytes() + 1], coding);
    assertRefused(request(coding, longer), ErrorCode.PAYLOAD_TOO_LARGE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip, deflate, br, zstd | gzip",
        "deflate | deflate",
        "gzip | gzip",
        "x-gzip | gzip",
        "gzip;q=0.2, deflate;q=0.8 | deflate",
        "gzip;Q=0.8, deflate;q=0.8 | gzip",
        "gzip;q=0, deflate | deflate",
        "gzip;q=0 | ''",
        "* | gzip",
        "*;q=0.5, gzip;q=0 | deflate",
        "br, zstd | ''",
        "identity | ''",
        "identity;q=1, gzip;q=0.5 | ''",
        "identity;q=0.5, gzip | gzip",
        "gzip;q=x | ''",
        "gzip;q=7 | ''",
        "gzip;level=9 | gzip",
        ", ,; | ''",
        "'' | ''"
      })
  void theClientChooses(String accepted, String coding) {
    assertThat(ContentCodings.best(accepted).orElse("")).isEqualTo(coding);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void aLongAnswerIsCompressed(String coding) throws IOException {
    HttpResponse answer = ContentCodings.packed(accepting(coding), HttpResponse.json(LONG));
    assertThat(answer.headers()).containsEntry("content-encoding", coding);
    assertThat(answer.body().length).isLessThan(LONG.length() / 5);
    assertThat(answer.isText()).isFalse();
    InputStream in = new ByteArrayInputStream(answer.body());
    try (InputStream unpacked =
        coding.equals("gzip") ? new GZIPInputStream(in) : new InflaterInputStream(in)) {
      assertThat(new String(unpacked.readAllBytes(), UTF_8)).isEqualTo(LONG);
    }
  }

  @Test
  void shortAnswersErrorsAndOthersAreNot() {
    HttpResponse small = HttpResponse.json("{}");
    assertThat(ContentCodings.packed(accepting("gzip"), small)).isSameAs(small);
    HttpResponse error = new HttpResponse(422, "application/problem+json", Map.of(), LONG);
    assertThat(ContentCodings.packed(accepting("gzip"), error)).isSameAs(error);
    HttpResponse plain = ContentCodings.packed(accepting("br"), HttpResponse.json(LONG));
    assertThat(plain.text()).isEqualTo(LONG);
    assertThat(plain.headers()).isEmpty();
  }

  @Test
  void whatHasToArriveAsItIsStaysSo() {
    HttpResponse plain = HttpResponse.plainJson(LONG.getBytes(UTF_8));
    assertThat(ContentCodings.packed(accepting("gzip"), plain)).isSameAs(plain);
    assertThat(ContentCodings.varying(plain)).isSameAs(plain);
    assertThat(plain.headers()).containsOnly(Map.entry("cache-control", "no-transform"));
  }

  @Test
  void cachesAreToldWhatAnAnswerVariesBy() {
    assertThat(ContentCodings.varying(HttpResponse.json("{}")).headers()).isEmpty();
    assertThat(ContentCodings.varying(HttpResponse.json(LONG)).headers())
        .containsOnly(Map.entry("vary", "accept-encoding"));
  }
}
