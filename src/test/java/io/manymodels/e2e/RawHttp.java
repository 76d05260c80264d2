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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HTTP/1.1 by hand, for what a client library would not send. */
final class RawHttp {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *(\\d+)\r\n", Pattern.CASE_INSENSITIVE);

  private RawHttp() {}

  /**
   * Sends the bytes on a new connection and reads one answer. A server need not close a connection
   * on which more of the request may come.
   */
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
      return parse(read(socket.getInputStream(), request[0] == 'H'));
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

  private static byte[] read(InputStream in, boolean head) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    byte[] part = new byte[8_192];
    int bytes = in.read(part);
    while (bytes >= 0) {
      answer.write(part, 0, bytes);
      bytes = isWhole(answer.toByteArray(), head) ? -1 : in.read(part);
    }
    return answer.toByteArray();
  }

  private static boolean isWhole(byte[] answer, boolean head) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    Matcher length = LENGTH.matcher(text);
    if (end < 0 || !length.find() || length.start() > end) {
      return false;
    }
    return head || text.length() >= end + 4 + Integer.parseInt(length.group(1));
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
