package io.manymodels.placing;

/** A later SharedMemory has taken over: this one must not decide anything any more. */
final class DeposedException extends RuntimeException {
  DeposedException() {
    super("a later SharedMemory has taken over");
  }
}
