package io.manymodels.adapter.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Opens sockets to one server, at the first of its addresses that answers. With a TLS factory the
 * handshake is complete and the host name verified. Immutable and thread-safe.
 */
final class RedisSockets implements JedisSocketFactory {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final RedisLocation location;
  private final Optional<SSLSocketFactory> tls;

  RedisSockets(RedisLocation location, Optional<SSLSocketFactory> tls) {
    this.location = location;
    this.tls = tls;
  }

  @Override
  public Socket createSocket() {
    try {
      Socket plain = connect();
      try {
        return tls.isPresent() ? secured(plain, tls.get()) : plain;
      } catch (IOException e) {
        plain.close();
        throw e;
      }
    } catch (IOException e) {
      throw new JedisConnectionException(e);
    }
  }

  private Socket connect() throws IOException {
    IOException failure = new IOException("no address answers");
    for (InetAddress address : InetAddress.getAllByName(location.host())) {
      Socket socket = new Socket();
      try {
        prepare(socket);
        socket.connect(
            new InetSocketAddress(address, location.port()), location.options().waits().connect());
        return socket;
      } catch (IOException e) {
        socket.close();
        failure.addSuppressed(e);
      }
    }
    throw failure;
  }

  private void prepare(Socket socket) throws SocketException {
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
    // A socket with TLS is closed by another thread while a write is stuck: it must not wait for
    // it.
    socket.setSoLinger(true, 0);
    socket.setSoTimeout(location.options().waits().answer());
  }

  private Socket secured(Socket plain, SSLSocketFactory factory) throws IOException {
    SSLSocket secured =
        (SSLSocket) factory.createSocket(plain, location.host(), location.port(), true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(PROTOCOLS);
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }
}
