package io.manymodels.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * Makes each engine by the newest of several contexts, so that servers that take one context for
 * good follow a change. With the context its sessions change as well: who resumes one of an older
 * context makes a whole handshake, and is checked anew. Thread-safe.
 */
final class NewestSslContext extends SslContext {
  private volatile SslContext newest;

  NewestSslContext(SslContext first) {
    this.newest = first;
  }

  void replace(SslContext next) {
    newest = next;
  }

  @Override
  public boolean isClient() {
    return newest.isClient();
  }

  @Override
  public List<String> cipherSuites() {
    return newest.cipherSuites();
  }

  @Override
  @SuppressWarnings("deprecation") // The base class asks for it.
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return newest.applicationProtocolNegotiator();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return newest.newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
    return newest.newEngine(allocator, peerHost, peerPort);
  }

  @Override
  public SSLSessionContext sessionContext() {
    return newest.sessionContext();
  }
}
