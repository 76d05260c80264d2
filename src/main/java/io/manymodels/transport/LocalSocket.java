package io.manymodels.transport;

import io.netty.channel.unix.DomainSocketAddress;

/**
 * Unix domain sockets in Linux's abstract namespace: without a file, gone with the process, and
 * seen by the processes of one network namespace (of a pod, or of a machine) only. Stateless.
 */
final class LocalSocket {
  private static final char ABSTRACT = '\0';

  private LocalSocket() {}

  static DomainSocketAddress address(String name) {
    return new DomainSocketAddress(ABSTRACT + name);
  }
}
