package io.manymodels.adapter.azureml;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The bytes of an answer, as far as somebody is ready to hold them. */
final class BoundedBody {

  private BoundedBody() {}

  /**
   * All bytes in one read-only buffer. At the first byte after {@code limitBytes} the rest is left
   * unread, and what {@code tooLarge} makes is thrown.
   */
  static Mono<ByteBuffer> collect(
      Flux<ByteBuffer> body, long limitBytes, Supplier<? extends RuntimeException> tooLarge) {
    return Mono.defer(
        () -> {
          ByteArrayOutputStream held = new ByteArrayOutputStream();
          return body.doOnNext(
                  part -> {
                    if (part.remaining() > limitBytes - held.size()) {
                      throw tooLarge.get();
                    }
                    append(held, part);
                  })
              .then(
                  Mono.fromSupplier(() -> ByteBuffer.wrap(held.toByteArray()).asReadOnlyBuffer()));
        });
  }

  private static void append(ByteArrayOutputStream held, ByteBuffer part) {
    byte[] bytes = new byte[part.remaining()];
    part.get(bytes);
    held.write(bytes, 0, bytes.length);
  }
}
