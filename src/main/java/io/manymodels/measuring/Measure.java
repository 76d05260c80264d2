package io.manymodels.measuring;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * All that processes measure: the part of GET /metrics that is not about placement. From this list
 * docs/reference.md is made.
 */
public enum Measure {
  ANSWERS(
      Kind.COUNTER,
      "Answers, by the protocol of the request, the status (of HTTP, or the code of gRPC) and the"
          + " error code, which is ok without an error",
      "protocol",
      "status",
      "code"),
  PREDICTIONS(
      Kind.COUNTER,
      "Requests for a prediction, by the kind of the deployment that answered (hot, overflow, or"
          + " none) and the error code, which is ok without an error",
      "deployment_kind",
      "code"),
  RECEIVED_BYTES(Kind.COUNTER, "Bytes of requests' bodies, as they came", "protocol"),
  SENT_BYTES(Kind.COUNTER, "Bytes of answers' bodies, before they are compressed", "protocol"),
  TENANT_SAMPLES_DROPPED(
      Kind.COUNTER, "Requests that are not in the figures of their tenants: too many at once"),
  REPORTS_REPEATED(Kind.COUNTER, "Reports of measurements that came twice, and were counted once"),
  MOVES_DROPPED(
      Kind.COUNTER,
      "Moves that clients of GET /events did not take in time; each client is told how many"),
  STORE_CALLS(
      Kind.COUNTER,
      "Calls of stores: the registry, its artifacts, the warm store and its events of new"
          + " versions, the placement state; and whether the store could be asked (ok,"
          + " unavailable)",
      "store",
      "outcome"),
  REQUEST_SECONDS(
      Kind.HISTOGRAM, "From a request that has come whole until its answer is there", "protocol"),
  HOP_SECONDS(
      Kind.HISTOGRAM,
      "Parts of a request's way: until its turn in the Dispatcher (turn), a call to a replica and"
          + " back (hot, overflow), waiting for a thread in the replica (lane)",
      "hop"),
  LOAD_WAIT_SECONDS(
      Kind.HISTOGRAM, "How long requests waited until their tenant's model was loaded"),
  PREDICTION_SECONDS(Kind.HISTOGRAM, "Predictions by models, without waiting", "deployment_kind"),
  MODEL_LOAD_SECONDS(
      Kind.HISTOGRAM,
      "Loads of models, by the tier that had the artifact: node, warm or registry; prepared for a"
          + " model that was warmed up",
      "tier"),
  EVENT_LOOP_LAG_SECONDS(
      Kind.HISTOGRAM, "How long event loops took to begin with a task, looked at for each report"),
  QUEUE_LENGTH(
      Kind.GAUGE,
      "Requests under way in Dispatchers (in_flight), waiting there for their turn (turns), and"
          + " waiting in replicas for a thread (lanes)",
      "queue"),
  MOVE_CLIENTS(Kind.GAUGE, "Clients that watch moves by GET /events"),
  DISPATCHERS_WITHOUT_TABLE(
      Kind.GAUGE,
      "Dispatchers that have had no placement table of SharedMemory since they began, and so ask"
          + " Deploymentx for everybody"),
  JVM_HEAP_USED_BYTES(Kind.PROCESS_GAUGE, "Heap in use"),
  JVM_HEAP_LIVE_BYTES(
      Kind.PROCESS_GAUGE,
      "Heap that was in use after the last collection; of the old generation, the last whole one"),
  JVM_HEAP_MAX_BYTES(Kind.PROCESS_GAUGE, "Heap that the JVM may use"),
  JVM_NONHEAP_USED_BYTES(Kind.PROCESS_GAUGE, "Memory of the JVM beside the heap, such as code"),
  JVM_GC_COLLECTIONS(Kind.PROCESS_COUNTER, "Garbage collections"),
  JVM_GC_SECONDS(Kind.PROCESS_COUNTER, "Time that garbage collections took"),
  JVM_THREADS(Kind.PROCESS_GAUGE, "Threads that run Java"),
  PROCESS_CPU_SECONDS(Kind.PROCESS_COUNTER, "CPU time of the process"),
  PROCESS_RESIDENT_BYTES(Kind.PROCESS_GAUGE, "Memory of the process that is not swapped out"),
  MEMORY_FREE_BYTES(
      Kind.PROCESS_GAUGE, "Memory that is free in the container or machine of the process"),
  MEMORY_LIMIT_BYTES(
      Kind.PROCESS_GAUGE, "Memory of that container or machine that models could have at most"),
  PROCESS_OPEN_FILES(Kind.PROCESS_GAUGE, "Open files and connections"),
  PROCESS_UPTIME_SECONDS(Kind.PROCESS_GAUGE, "Time since the process began");

  /** How values of processes become one. */
  public enum Kind {
    /** They are added up. */
    COUNTER,
    /** Their buckets are added up. */
    HISTOGRAM,
    /** Those of the processes that live are added up. */
    GAUGE,
    /** Each process has its own, with its name. */
    PROCESS_GAUGE,
    /** Likewise, and it only grows. */
    PROCESS_COUNTER
  }

  private final Kind kind;
  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // The list is a copy.
  private final List<String> labels;

  Measure(Kind kind, String help, String... labels) {
    this.kind = kind;
    this.help = help;
    this.labels = List.of(labels);
  }

  public Kind kind() {
    return kind;
  }

  public String help() {
    return help;
  }

  /** Names of the labels of each series, without those that name a process. */
  public List<String> labels() {
    return labels;
  }

  /** The name in reports and, after {@code mms_}, in metrics. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The measure of this {@link #wireName}; empty when another build has it. */
  static Optional<Measure> ofWireName(String name) {
    return Arrays.stream(values()).filter(each -> each.wireName().equals(name)).findAny();
  }
}
