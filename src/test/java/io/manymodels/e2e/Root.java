package io.manymodels.e2e;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * The application as whoever runs it has it: on a Ray cluster, or in one process. What tests do to
 * it beside HTTP calls, they do here. Thread-safe.
 */
interface Root {
  /** Where its clients send requests. */
  URI base();

  /** Where its clients of gRPC connect, as {@code host:port}. */
  String grpc();

  /** Its files, with the folder registry {@code models} among them. No answer may mention it. */
  Path folder();

  /** The admin token. */
  String token();

  /** How many Dispatchers answer. */
  int dispatchers();

  /** The process ids of every part that can be restarted alone. */
  SortedMap<String, SortedSet<Long>> processes();

  /**
   * Puts the initial configuration in force, but with these user_configs, JSON by deployment.
   * Returns when each deployment has taken its own or refused it.
   */
  void configure(Map<String, String> userConfigs);

  /** Puts the initial configuration back, unless it is in force. */
  void restoreConfiguration();

  /** Waits until all of it serves. */
  void awaitReady();

  /**
   * Has a deployment lose all that it knows, by kill -9 of its process, and waits for the next one.
   * Whatever else is in that process ends as well.
   */
  void kill(String deployment);
}
