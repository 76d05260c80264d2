package io.manymodels.calls;

/** A server of this machine that sends back what it gets. */
interface Echoing extends AutoCloseable {
  int port();

  @Override
  void close();
}
