package io.manymodels.grpc;

import io.grpc.CallCredentials;
import io.grpc.Metadata;
import java.util.concurrent.Executor;

/** Sends a header with each call. */
final class SentHeaders extends CallCredentials {
  private final Metadata headers = new Metadata();

  private SentHeaders(String name, String value) {
    headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
  }

  static SentHeaders of(String name, String value) {
    return new SentHeaders(name, value);
  }

  @Override
  public void applyRequestMetadata(
      RequestInfo request, Executor executor, MetadataApplier applier) {
    applier.apply(headers);
  }
}
