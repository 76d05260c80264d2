package io.manymodels.adapter.nodecache;

import java.io.IOException;

/** The folder is not ours: who owns it could give us files and take them away while mapped. */
final class ForeignFolderException extends IOException {
  private static final long serialVersionUID = 1;

  ForeignFolderException(String message) {
    super(message);
  }
}
