package io.manymodels.grpc;

import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The compressions of messages: gzip and deflate. Stateless. */
final class CallCompression {
  /** As grpc.GrpcUtil.MESSAGE_ENCODING_KEY, which is not public. */
  private static final Metadata.Key<String> ENCODING =
      Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

  private static final Codec GZIP = new GzipCodec();
  private static final Codec DEFLATE = new DeflateCodec();
  private static final Map<String, Codec> PACKED = Map.of("gzip", GZIP, "deflate", DEFLATE);

  private CallCompression() {}

  static DecompressorRegistry decompressors() {
    return DecompressorRegistry.getDefaultInstance().with(GZIP, true).with(DEFLATE, true);
  }

  static CompressorRegistry compressors() {
    CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
    PACKED.values().forEach(compressors::register);
    compressors.register(Codec.Identity.NONE);
    return compressors;
  }

  /** Compresses the answers as the requests are; gRPC makes sure that the client accepts that. */
  static void answerAsAsked(ServerCall<?, ?> call, Metadata headers) {
    @Nullable String encoding = headers.get(ENCODING);
    if (encoding != null && PACKED.containsKey(encoding)) {
      call.setCompression(encoding);
    }
  }
}
