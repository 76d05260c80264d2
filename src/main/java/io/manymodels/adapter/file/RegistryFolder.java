package io.manymodels.adapter.file;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The names and files of one registry folder. Never leaves the folder: a symbolic link may point
 * elsewhere inside it, not out of it.
 *
 * <p>A version is a folder with a {@code metadata.json}; one without is still being copied.
 * Immutable and thread-safe. An {@link IOException} becomes {@code STORE_UNAVAILABLE} without the
 * machine's paths, which the cause holds.
 */
final class RegistryFolder {
  static final String METADATA = "metadata.json";
  static final String LIVE = "live";
  private static final int HEAP_BYTES = 1 << 20;

  private final Path root;
  private final boolean missingIsEmpty;
  private final boolean isReal;

  RegistryFolder(Path root) {
    this(root, false, false);
  }

  private RegistryFolder(Path root, boolean missingIsEmpty, boolean isReal) {
    this.root = root;
    this.missingIsEmpty = missingIsEmpty;
    this.isReal = isReal;
  }

  /** The same folder; without it, there is nothing in it instead of an outage. */
  RegistryFolder orEmpty() {
    return new RegistryFolder(root, true, isReal);
  }

  /** The same folder for one use of it: whether a link leads to it is asked only now. */
  RegistryFolder resolved() {
    try {
      return new RegistryFolder(root.toRealPath(), missingIsEmpty, true);
    } catch (IOException e) {
      emptyOrOutage(e);
      return this;
    }
  }

  Path root() {
    return root;
  }

  List<TenantId> tenants() {
    List<TenantId> tenants = new ArrayList<>();
    try {
      Path realRoot = realRoot();
      for (String name : children(realRoot)) {
        Optional<TenantId> tenant = tenantNamed(name);
        if (tenant.isPresent() && hasVersion(realRoot.resolve(name))) {
          tenants.add(tenant.get());
        }
      }
    } catch (IOException e) {
      emptyOrOutage(e);
    }
    Collections.sort(tenants);
    return List.copyOf(tenants);
  }

  List<ModelVersion> versions(TenantId tenant) {
    try {
      return versionsIn(inside(realRoot(), tenant, tenant.value()));
    } catch (IOException e) {
      emptyOrOutage(e);
      return List.of();
    }
  }

  /** Whether there is such a version; cheaper than to list them all. */
  boolean holds(ModelRef ref) {
    String metadata = ref.tenant().value() + "/" + ref.version() + "/" + METADATA;
    try {
      return inside(realRoot(), ref.tenant(), metadata).filter(Files::isRegularFile).isPresent();
    } catch (IOException e) {
      emptyOrOutage(e);
      return false;
    }
  }

  /** The tenant's file {@code live}, when there is one. */
  Optional<ByteBuffer> readLive(TenantId tenant, int limitBytes) {
    return read(tenant, tenant.value() + "/" + LIVE, limitBytes);
  }

  /**
   * A file of one version, when there is one. Reads at most {@code limitBytes + 1} bytes, which
   * shows the caller that the file is larger.
   */
  Optional<ByteBuffer> read(ModelRef ref, String fileName, long limitBytes) {
    return read(
        ref.tenant(), ref.tenant().value() + "/" + ref.version() + "/" + fileName, limitBytes);
  }

  private Optional<ByteBuffer> read(TenantId tenant, String relative, long limitBytes) {
    try {
      Optional<Path> file = inside(realRoot(), tenant, relative);
      return file.isPresent() && Files.isRegularFile(file.get())
          ? readAll(file.get(), limitBytes)
          : Optional.empty();
    } catch (IOException e) {
      emptyOrOutage(e);
      return Optional.empty();
    }
  }

  /** Empty when the file was removed meanwhile. */
  private static Optional<ByteBuffer> readAll(Path file, long limitBytes) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      ByteBuffer bytes = allocate((int) Math.min(channel.size(), limitBytes + 1));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // The channel gives what it has; the file may have become shorter meanwhile.
      }
      return Optional.of(bytes.flip().asReadOnlyBuffer());
    } catch (NoSuchFileException removed) {
      return Optional.empty();
    }
  }

  /**
   * On the heap, unless that would be a burden: direct memory is only given back when the garbage
   * is collected, and many small pieces of it leave holes between what lives longer.
   */
  private static ByteBuffer allocate(int bytes) {
    return bytes <= HEAP_BYTES ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
  }

  private static List<ModelVersion> versionsIn(Optional<Path> tenantFolder) throws IOException {
    if (tenantFolder.isEmpty()) {
      return List.of();
    }
    List<ModelVersion> versions = new ArrayList<>();
    for (String name : children(tenantFolder.get())) {
      if (isVersion(tenantFolder.get(), name)) {
        ModelVersion.parse(name).ifPresent(versions::add);
      }
    }
    Collections.sort(versions);
    return List.copyOf(versions);
  }

  private static boolean hasVersion(Path tenantFolder) throws IOException {
    return Files.isDirectory(tenantFolder)
        && children(tenantFolder).stream().anyMatch(name -> isVersion(tenantFolder, name));
  }

  private static boolean isVersion(Path tenantFolder, String name) {
    return ModelVersion.parse(name).isPresent()
        && Files.isRegularFile(tenantFolder.resolve(name).resolve(METADATA));
  }

  /** The names of all that lies in the folder; none when it was removed meanwhile. */
  static List<String> children(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException removed) {
      return List.of();
    }
    return names;
  }

  private static Optional<TenantId> tenantNamed(String name) {
    try {
      return Optional.of(new TenantId(name));
    } catch (IllegalArgumentException notOurs) {
      return Optional.empty();
    }
  }

  private Path realRoot() throws IOException {
    return isReal ? root : root.toRealPath();
  }

  /** Where the name leads to, or empty when there is nothing. */
  static Optional<Path> inside(Path realRoot, TenantId tenant, String relative) throws IOException {
    Path real;
    try {
      real = realRoot.resolve(relative).toRealPath();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!real.startsWith(realRoot)) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, tenant + ": a link in the registry folder leads out of it");
    }
    return Optional.of(real);
  }

  private void emptyOrOutage(IOException e) {
    if (!(missingIsEmpty && e instanceof NoSuchFileException)) {
      throw unavailable(e);
    }
  }

  private static ServingException unavailable(IOException e) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE,
        "the registry folder cannot be read (" + e.getClass().getSimpleName() + ")",
        e);
  }
}
