package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Compressed bodies: gzip, and deflate in the format of zlib (RFC 9110, 8.4.1). Other codings are
 * neither taken nor sent, though clients say that they know more: some do not (tritonclient's
 * http.aio, br). Stateless.
 */
final class ContentCodings {
  static final String NAME = "content-encoding";
  private static final String ACCEPT = "accept-encoding";

  /** In bytes. Less is one packet, however it is written. */
  static final int WORTH_IT = 1_400;

  private static final String IDENTITY = "identity";
  private static final String GZIP = "gzip";
  private static final String DEFLATE = "deflate";
  private static final int FIRST_BYTES = 8_192;
  private static final int OK = 200;

  private ContentCodings() {}

  /**
   * The body of a request as it was before its client compressed it.
   *
   * @param limit of the unpacked body as well
   * @throws ServingException {@code UNSUPPORTED_MEDIA_TYPE} of another coding or of several, {@code
   *     INVALID_INPUT} when the body is not what the coding says, {@code PAYLOAD_TOO_LARGE}
   */
  static Body unpacked(IngressRequest request, BodyLimit limit) {
    List<String> codings = named(request.header(NAME).orElse(""));
    if (codings.isEmpty()) {
      return request.body();
    }
    String coding = codings.get(0);
    if (codings.size() > 1 || !(coding.equals(GZIP) || coding.equals(DEFLATE))) {
      throw new ServingException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "the body may be compressed by gzip or by deflate, once; not by "
              + request.header(NAME).orElse(""));
    }
    return unpacked(request.body().bytes(), coding, limit);
  }

  /** The codings of a list, but for those that change nothing; names in lower case. */
  static List<String> named(String codings) {
    if (codings.isEmpty()) {
      return List.of();
    }
    List<String> named = new ArrayList<>();
    for (String each : codings.split(",", -1)) {
      String name = each.strip().toLowerCase(Locale.ROOT);
      if (!name.isEmpty() && !name.equals(IDENTITY)) {
        named.add(name.equals("x-gzip") ? GZIP : name);
      }
    }
    return named;
  }

  private static Body unpacked(ByteBuffer packed, String coding, BodyLimit limit) {
    byte[] bytes = new byte[FIRST_BYTES];
    int size = 0;
    try (InputStream in = unpacking(packed, coding)) {
      for (int got = in.read(bytes); got >= 0; got = in.read(bytes, size, bytes.length - size)) {
        size += got;
        limit.checkReceived(size);
        if (size == bytes.length) {
          bytes = Arrays.copyOf(bytes, 2 * size);
        }
      }
      return Body.of(bytes, size);
    } catch (IOException e) {
      throw new ServingException(
          ErrorCode.INVALID_INPUT, "the body is not what Content-Encoding says: " + coding, e);
    }
  }

  private static InputStream unpacking(ByteBuffer packed, String coding) throws IOException {
    InputStream in =
        new ByteArrayInputStream(
            packed.array(), packed.arrayOffset() + packed.position(), packed.remaining());
    return coding.equals(GZIP) ? new GZIPInputStream(in) : new InflaterInputStream(in);
  }

  /**
   * Whether an answer may be compressed, and is worth it. Errors never are: tritonclient's http.aio
   * reads them as they come.
   */
  private static boolean isWorthIt(HttpResponse response) {
    return response.status() == OK
        && response.body().length >= WORTH_IT
        && !response.headers().containsKey(NAME)
        && !response.isPlain();
  }

  /** The answer, which says to caches that others may get it compressed if that is so. */
  static HttpResponse varying(HttpResponse response) {
    return isWorthIt(response) ? response.varyingBy(ACCEPT) : response;
  }

  /** Whether the client takes compressed answers. */
  static boolean areTaken(IngressRequest request) {
    return request.header(ACCEPT).flatMap(ContentCodings::best).isPresent();
  }

  /** The answer, compressed where the client takes that and it is worth it. */
  static HttpResponse packed(IngressRequest request, HttpResponse response) {
    if (!isWorthIt(response)) {
      return response;
    }
    return request
        .header(ACCEPT)
        .flatMap(ContentCodings::best)
        .map(coding -> response.with(NAME, coding).withBody(pack(response.body(), coding)))
        .orElse(response);
  }

  /**
   * The coding that the client would rather have than none (RFC 9110, 12.5.3); of two that it likes
   * alike, gzip.
   */
  static Optional<String> best(String accepted) {
    Wish gzip = Wish.of(accepted, GZIP);
    Wish deflate = Wish.of(accepted, DEFLATE);
    Wish better = gzip.weight() >= deflate.weight() ? gzip : deflate;
    return better.weight() > 0 && better.weight() >= Wish.of(accepted, IDENTITY).weight()
        ? Optional.of(better.coding())
        : Optional.empty();
  }

  /**
   * How much a client would like a coding.
   *
   * @param weight 0..1; 0 is not at all
   */
  private record Wish(String coding, double weight) {
    static Wish of(String accepted, String coding) {
      double weight = 0;
      for (String each : accepted.split(",", -1)) {
        int end = each.indexOf(';');
        String name = (end < 0 ? each : each.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        if (name.equals(coding) || (name.equals("x-gzip") && coding.equals(GZIP))) {
          return new Wish(coding, weight(each, end));
        }
        if (name.equals("*") && !coding.equals(IDENTITY)) {
          weight = weight(each, end);
        }
      }
      return new Wish(coding, weight);
    }

    /** 1 where none is said; 0 where it makes no sense. */
    private static double weight(String element, int end) {
      if (end < 0) {
        return 1;
      }
      String parameter = element.substring(end + 1).strip();
      if (!parameter.regionMatches(true, 0, "q=", 0, 2)) {
        return 1;
      }
      try {
        double weight = Double.parseDouble(parameter.substring(2));
        return weight >= 0 && weight <= 1 ? weight : 0;
      } catch (NumberFormatException e) {
        return 0;
      }
    }
  }

  private static byte[] pack(byte[] body, String coding) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(body.length / 2);
    try (OutputStream out = packing(packed, coding)) {
      out.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return packed.toByteArray();
  }

  private static OutputStream packing(OutputStream packed, String coding) throws IOException {
    return coding.equals(GZIP)
        ? new FastGzip(packed)
        : new DeflaterOutputStream(packed, new Deflater(Deflater.BEST_SPEED), FIRST_BYTES) {
          @Override
          public void close() throws IOException {
            super.close();
            def.end();
          }
        };
  }

  /** Speed counts more here than the last percent of the size. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, FIRST_BYTES);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
