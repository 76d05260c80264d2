package io.manymodels.adapter.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.holding.RunJournal;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.tensor.Rows;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link RunJournal} in a mapped file. What a process has stored there is in the file whenever
 * and however it ends; only the end of the whole machine loses it.
 *
 * <p>A prediction takes a free entry by one atomic operation, beginning at the one that the same
 * thread had last, and stores the thread's number in the operating system, the model and a
 * fingerprint of the rows: no rows, because the file outlives the request.
 */
final class MappedRunJournal implements RunJournal {
  /** More predictions than a replica runs at once. */
  private static final int ENTRIES = 256;

  private static final int MAX_TENANT_BYTES = 128;

  // An entry: thread (0: free), length of the tenant's name, version, fingerprint, the name.
  private static final int THREAD = 0;
  private static final int TENANT_LENGTH = 4;
  private static final int VERSION = 8;
  private static final int FINGERPRINT = 16;
  private static final int TENANT = 24;

  /** Whole cache lines, so that threads do not slow each other down. */
  private static final int ENTRY_BYTES = 192;

  /** Before the entries: the length of a text, and the text, whose lines make an {@link Owner}. */
  private static final int HEADER_BYTES = 8_192;

  private static final int FILE_BYTES = HEADER_BYTES + ENTRIES * ENTRY_BYTES;
  private static final int UNRECORDED = -1;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ORDER);

  private final ByteBuffer file;
  private final ThreadLocal<Integer> threadNumber;

  private MappedRunJournal(ByteBuffer file, Path proc) {
    this.file = file;
    this.threadNumber = ThreadLocal.withInitial(() -> threadNumber(proc));
  }

  /**
   * The process that keeps a journal.
   *
   * @param pid in the operating system
   * @param since when it keeps the journal; what was reported before is of another process
   * @param crashReports where it would write down that it crashed
   */
  record Owner(long pid, Instant since, List<Path> crashReports) {
    private String text() {
      String reports = String.join("\n", crashReports.stream().map(Path::toString).toList());
      return pid + "\n" + since.toEpochMilli() + "\n" + reports;
    }

    private static Owner of(String text) {
      List<String> lines = text.lines().toList();
      return new Owner(
          Long.parseLong(lines.get(0)),
          Instant.ofEpochMilli(Long.parseLong(lines.get(1))),
          lines.stream().skip(2).map(Path::of).toList());
    }
  }

  /**
   * Begins a journal of this process.
   *
   * @param proc where Linux tells the numbers of threads; without it, threads have numbers that no
   *     crash report names
   */
  static MappedRunJournal create(Path path, Owner owner, Path proc) throws IOException {
    byte[] header = owner.text().getBytes(UTF_8);
    if (header.length > HEADER_BYTES - Integer.BYTES) {
      throw new IOException("the paths of crash reports are too long");
    }
    // Without blocks of its own, a full disk would show in the middle of a prediction, as an Error.
    ByteBuffer content = ByteBuffer.allocate(FILE_BYTES).order(ORDER);
    content.putInt(0, header.length).put(Integer.BYTES, header);
    Path unnamed = path.resolveSibling(".new-" + path.getFileName());
    try {
      Files.write(unnamed, content.array());
      Files.move(unnamed, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(unnamed);
      throw e;
    }
    // Only now, because Windows renames no file that is mapped.
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new MappedRunJournal(
          channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES).order(ORDER), proc);
    }
  }

  @Override
  public int begin(ModelRef ref, Rows rows) {
    int thread = threadNumber.get();
    for (int i = 0; i < ENTRIES; i++) {
      int at = HEADER_BYTES + Math.floorMod(thread + i, ENTRIES) * ENTRY_BYTES;
      if ((int) INTS.getVolatile(file, at) == 0 && INTS.compareAndSet(file, at, 0, thread)) {
        byte[] tenant = ref.tenant().value().getBytes(US_ASCII);
        file.putLong(at + VERSION, ref.version().number());
        file.putLong(at + FINGERPRINT, rows.fingerprint());
        file.putInt(at + TENANT_LENGTH, tenant.length);
        file.put(at + TENANT, tenant);
        return at;
      }
    }
    return UNRECORDED;
  }

  @Override
  public void end(int entry) {
    if (entry != UNRECORDED) {
      INTS.setRelease(file, entry, 0);
    }
  }

  /** An entry in use, and the number of the thread that uses it. */
  record Running(int thread, RunningPrediction prediction) {}

  /** The content of the journal of another process. */
  record Content(Owner owner, List<Running> running) {}

  /** Reads a journal; throws {@link IOException} or {@link RuntimeException} when it is none. */
  static Content read(Path path) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    if (bytes.length != FILE_BYTES) {
      throw new IOException(path + " is no journal of predictions");
    }
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ORDER);
    int length = file.getInt(0);
    if (length < 0 || length > HEADER_BYTES - Integer.BYTES) {
      throw new IOException(path + " is no journal of predictions");
    }
    List<Running> running = new ArrayList<>();
    for (int at = HEADER_BYTES; at < FILE_BYTES; at += ENTRY_BYTES) {
      int thread = file.getInt(at + THREAD);
      int tenantLength = file.getInt(at + TENANT_LENGTH);
      if (thread != 0 && tenantLength > 0 && tenantLength <= MAX_TENANT_BYTES) {
        TenantId tenant = new TenantId(new String(bytes, at + TENANT, tenantLength, US_ASCII));
        ModelRef ref = new ModelRef(tenant, new ModelVersion(file.getLong(at + VERSION)));
        running.add(
            new Running(thread, new RunningPrediction(ref, file.getLong(at + FINGERPRINT))));
      }
    }
    return new Content(Owner.of(new String(bytes, Integer.BYTES, length, UTF_8)), running);
  }

  /** Of this thread in the operating system, as a crash report names it; another where unknown. */
  private static int threadNumber(Path proc) {
    try {
      // "<process>/task/<thread>"
      Path self = Files.readSymbolicLink(proc.resolve("thread-self"));
      return Integer.parseInt(String.valueOf(self.getFileName()));
    } catch (IOException | RuntimeException e) {
      return Integer.MIN_VALUE | (int) Thread.currentThread().getId();
    }
  }
}
