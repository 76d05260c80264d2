package io.manymodels.grpc;

import io.grpc.Codec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * gzip, as gRPC has it, but what does not begin as gzip is found when it is read and not before:
 * then it is a damaged message, and else the call would end as if the fault were ours. Stateless.
 */
final class GzipCodec implements Codec {
  private static final Codec GZIP = new Codec.Gzip();

  @Override
  public String getMessageEncoding() {
    return GZIP.getMessageEncoding();
  }

  @Override
  public InputStream decompress(InputStream packed) {
    try {
      return GZIP.decompress(packed);
    } catch (IOException e) {
      return new Unreadable(e);
    }
  }

  @Override
  public OutputStream compress(OutputStream packed) throws IOException {
    return GZIP.compress(packed);
  }

  private static final class Unreadable extends InputStream {
    private final IOException why;

    private Unreadable(IOException why) {
      this.why = why;
    }

    @Override
    public int read() throws IOException {
      throw why;
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
      throw why;
    }
  }
}
