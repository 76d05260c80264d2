package io.manymodels.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** HTTP/1.1 by hand, for what a client library would not send. */
final class RawHttp {
  private static final int TIMEOUT_MILLIS = 20_000;

  private RawHttp() {}

  /** Sends the bytes on a new connection and reads what comes until the server closes it. */
  static Answer exchange(URI server, byte[] request) {
    return exchange(server, request, false);
  }

  /** The same, but shuts down the writing side of the connection after the request. */
  static Answer exchangeHalfClosed(URI server, byte[] request) {
    return exchange(server, request, true);
  }

  private static Answer exchange(URI server, byte[] request, boolean halfClosed) {
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      if (halfClosed) {
        socket.shutdownOutput();
      }
      return parse(readAll(socket.getInputStream()));
    } catch (IOException e) {
      throw new AssertionError("no answer to raw bytes", e);
    }
  }

  /** A request with these header lines and this body; closes the connection afterwards. */
  static byte[] request(String requestLine, String headerLines, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String head =
        requestLine + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headerLines + "\r\n";
    out.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(body);
    return out.toByteArray();
  }

  /** Sends the bytes and closes the connection without waiting for an answer. */
  static void sendAndLeave(URI server, byte[] request) {
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
    } catch (IOException e) {
      throw new AssertionError("cannot send raw bytes", e);
    }
  }

  private static byte[] readAll(InputStream in) throws IOException {
    return in.readAllBytes();
  }

  private static Answer parse(byte[] answer) {
    String text = new String(answer, StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new AssertionError("no HTTP answer: '" + text + "'");
    }
    String[] lines = text.substring(0, end).split("\r\n", -1);
    Map<String, String> headers = new TreeMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    int status = Integer.parseInt(lines[0].split(" ", 3)[1]);
    return new Answer(status, headers, text.substring(end + 4));
  }
}
