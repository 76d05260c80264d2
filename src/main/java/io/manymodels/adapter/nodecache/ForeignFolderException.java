package io.manymodels.adapter.nodecache;

import java.io.IOException;

/**
 * Thrown when another user controls the folder, who could replace files or truncate them while they
 * are mapped.
 */
final class ForeignFolderException extends IOException {
  private static final long serialVersionUID = 1;

  ForeignFolderException(String message) {
    super(message);
  }
}
