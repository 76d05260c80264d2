package io.manymodels.http;

/** The progress of the current request on a connection by HTTP/1.1. */
enum ConnectionState {
  /** There is none. */
  IDLE,
  /** Its head has come, its body not yet. */
  RECEIVING,
  /** It has come, and is being answered; a stream of events is an answer that goes on. */
  ANSWERING,
  /** The last answer has been written; whatever still comes is dropped. */
  OVER
}
