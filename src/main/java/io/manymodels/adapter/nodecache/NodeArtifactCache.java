package io.manymodels.adapter.nodecache;

import io.manymodels.adapter.nodecache.CachePlaces.Place;
import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheCounts;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An artifact cache in a folder that the processes of a node share. Reads take no lock; a miss
 * fetches the artifact under its lock and writes it. An artifact of more than a quarter of the
 * bound is not cached. Thread-safe.
 */
final class NodeArtifactCache implements ArtifactCache {
  static final Duration DEFAULT_WAIT = Duration.ofSeconds(2);

  private final CachePlaces places;
  private final Quota quota;
  private final Duration wait;
  private final Ticker ticker;
  private final Flights flights;
  private final CacheTally tally;

  /**
   * @param folders that the cache may be in, the best first
   * @param boundBytes that the folder may hold
   * @param wait at most for another process that fetches the same artifact
   */
  NodeArtifactCache(List<CacheFolder> folders, long boundBytes, Duration wait, Ticker ticker) {
    this.quota = new Quota(boundBytes);
    this.wait = wait;
    this.ticker = ticker;
    this.tally = new CacheTally(ticker);
    this.places = new CachePlaces(folders, quota, ticker, tally);
    // Twice: the other thread may have waited for a process, and only then begun to fetch.
    this.flights = new Flights(wait.multipliedBy(2));
  }

  @Override
  public Optional<ByteBuffer> read(
      ArtifactDescriptor artifact, Supplier<Optional<ByteBuffer>> source) {
    if (places.isClosed() || artifact.sizeBytes() > quota.largestBytes()) {
      return ask(source);
    }
    Optional<ByteBuffer> held =
        places.opened().flatMap(place -> held(place.folder(), artifact.digest()));
    if (held.isPresent()) {
      tally.hits.increment();
      return held;
    }
    tally.misses.increment();
    return flights.join(
        artifact,
        () -> fetch(artifact.digest(), source),
        () -> {
          tally.failed("another thread takes too long to fetch " + artifact.ref(), null);
          return ask(source);
        });
  }

  @Override
  public ArtifactCacheCounts counts() {
    return tally.counts();
  }

  @Override
  public void close() {
    places.close();
  }

  /** For the whole node, or for this process alone when the cache is of no use now. */
  private Optional<ByteBuffer> fetch(ArtifactDigest digest, Supplier<Optional<ByteBuffer>> source) {
    Optional<Place> open = places.open();
    if (open.isEmpty()) {
      return ask(source);
    }
    Place place = open.get();
    Optional<CacheFolder.Stamp> before = place.folder().stamp(digest);
    @Nullable DigestLock lock = null;
    try {
      lock = lock(place, digest, before);
      Optional<ByteBuffer> held = held(place.folder(), digest);
      if (held.isPresent()) {
        return held;
      }
      if (lock != null && lock.isHeld()) {
        dropDamaged(place, digest);
      }
      Optional<ByteBuffer> fetched = ask(source);
      fetched.ifPresent(bytes -> keep(place, digest, bytes));
      return fetched;
    } finally {
      release(lock);
    }
  }

  private @Nullable DigestLock lock(
      Place place, ArtifactDigest digest, Optional<CacheFolder.Stamp> before) {
    try {
      DigestLock lock =
          DigestLock.await(
              place.ledger(),
              digest,
              Deadline.after(wait, ticker),
              () -> {
                Optional<CacheFolder.Stamp> now = place.folder().stamp(digest);
                return now.isPresent() && !now.equals(before);
              });
      if (lock.timedOut()) {
        tally.failed("another process takes too long to fetch an artifact", null);
      }
      return lock;
    } catch (IOException e) {
      tally.failed("cannot lock", e);
      return null;
    }
  }

  private void release(@Nullable DigestLock lock) {
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        tally.failed("cannot unlock", e);
      }
    }
  }

  /** The artifact when it lies in the folder and has its digest. */
  private Optional<ByteBuffer> held(CacheFolder folder, ArtifactDigest digest) {
    try {
      Optional<ByteBuffer> bytes = folder.read(digest);
      if (bytes.isEmpty() || !ArtifactDigest.of(bytes.get()).equals(digest)) {
        return Optional.empty();
      }
      touch(folder, digest);
      return bytes;
    } catch (IOException e) {
      tally.failed("cannot read", e);
    } catch (InternalError e) {
      // What the JVM makes of a mapped page that is not there: somebody cut the file meanwhile.
      tally.failed("a file was cut while it was read", e);
    }
    return Optional.empty();
  }

  private void touch(CacheFolder folder, ArtifactDigest digest) {
    try {
      folder.touch(digest, ticker.now());
    } catch (IOException e) {
      // It was evicted meanwhile, or may only be read: then it is evicted earlier than it should.
    }
  }

  private void dropDamaged(Place place, ArtifactDigest digest) {
    try {
      OptionalLong dropped = place.folder().delete(digest);
      if (dropped.isPresent()) {
        place.ledger().addHeld(-quota.charge(dropped.getAsLong()));
        tally.failed("dropped a file that does not have its digest " + digest, null);
      }
    } catch (IOException e) {
      tally.failed("cannot drop a damaged file", e);
    }
  }

  private void keep(Place place, ArtifactDigest digest, ByteBuffer bytes) {
    CacheFolder folder = place.folder();
    Ledger open = place.ledger();
    // A process that did not get the lock may be the second to have fetched it.
    if (bytes.remaining() > quota.largestBytes() || folder.stamp(digest).isPresent()) {
      return;
    }
    try {
      Path written = folder.write(bytes);
      long charge = quota.charge(bytes.remaining());
      boolean published = false;
      open.addHeld(charge);
      try {
        tally.evictions.add(place.sweeps().sweepWhenDue(open));
        if (open.heldBytes() <= quota.boundBytes()) {
          folder.publish(written, digest);
          published = true;
        }
      } finally {
        if (!published) {
          open.addHeld(-charge);
          folder.discard(written);
        }
      }
    } catch (IOException e) {
      tally.failed("cannot write", e);
    } catch (InternalError e) {
      tally.failed("the ledger was cut while it was written", e);
    }
  }

  private Optional<ByteBuffer> ask(Supplier<Optional<ByteBuffer>> source) {
    tally.sourceCalls.increment();
    return source.get().map(bytes -> bytes.slice().asReadOnlyBuffer());
  }
}
