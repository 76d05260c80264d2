package io.manymodels.adapter.file;

import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import java.net.URI;
import java.nio.file.Path;

/** Placement stores at {@code file:/absolute/folder}. */
public final class FilePlacementStoreProvider implements PlacementStoreProvider {

  @Override
  public String scheme() {
    return "file";
  }

  @Override
  public PlacementStore open(URI location) {
    return new FilePlacementStore(Path.of(location), new FolderSystem());
  }
}
