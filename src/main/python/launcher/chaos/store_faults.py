"""Stores that are away, slow, full, or hold what they should not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from launcher.chaos import layout, slow_folder
from launcher.chaos.faults import Began, Fault
from launcher.chaos.registry import MISSING_VERSION
from launcher.chaos.world import World
from launcher.errors import LauncherError

_CORRUPT_SECONDS = 4.0
LATENCY_SECONDS = 0.4
CACHE_MIB = 16
_ARTIFACTS = "many-models:artifact:*"
# Only of models that are not loaded: their loads need the registry.
_COLD = ("store-unavailable",)
# Likewise: there are few threads that load, so the loads of many cold models wait for each other.
_LATE = ("deadline-exceeded", "overloaded")


def _redis_down(world: World, began: Began) -> None:
    began()
    world.redis.kill()
    try:
        world.stopped.wait(world.outage_seconds)
    finally:
        world.redis.start()
    world.wait_until_whole()


def _redis_slow(world: World, began: Began) -> None:
    began()
    world.relay.delay_seconds = LATENCY_SECONDS
    try:
        world.stopped.wait(world.outage_seconds)
    finally:
        world.relay.delay_seconds = 0.0
    world.wait_until_whole()


def _redis_full(world: World, began: Began) -> None:
    began()
    world.redis.call("CONFIG", "SET", "maxmemory", "1")
    empty_cache(world.cache)
    try:
        world.stopped.wait(world.outage_seconds)
    finally:
        world.redis.call("CONFIG", "SET", "maxmemory", "0")
    world.wait_until_whole()


def _redis_corrupt(world: World, began: Began) -> None:
    """Every artifact in the warm store gets other bytes, and the nearer tier forgets its own."""
    began()
    for key in world.redis.keys(_ARTIFACTS):
        world.redis.call("SETRANGE", key, "10", "corrupt")
    empty_cache(world.cache)
    world.stopped.wait(_CORRUPT_SECONDS)
    world.wait_until_whole()


def _registry_unreadable(world: World, began: Began) -> None:
    began(_COLD)
    world.registry.hide()
    try:
        world.stopped.wait(world.outage_seconds)
    finally:
        world.registry.show()
    world.wait_until_whole()


def _registry_slow(world: World, began: Began) -> None:
    """A load opens two or three files of it, one after the other; a poll of the live versions one for each model."""
    began(_LATE)
    with slow_folder.slow(world.registry.folder, LATENCY_SECONDS) as slowed:
        world.stopped.wait(world.outage_seconds)
    if not slowed.held:
        raise LauncherError("nobody asked the registry while it was slow")
    world.wait_until_whole()


def _half_written(world: World, began: Began) -> None:
    """A version that is not wholly there is made live: of a tenant that is served, and of one that never was."""
    tenants = (layout.HALF_SWITCHED, layout.POISONED["half-written"])
    began(("artifact-corrupt",), tenants)
    number = layout.HALF_SWITCHED
    world.registry.half_write(number)
    event = world.session.switch_began(number, MISSING_VERSION)
    world.registry.go_live(number, MISSING_VERSION)
    world.call("POST", "/refresh_models", {"tenants": [layout.tenant(number)]})
    # Whatever the answer was, this version must never be the one that answers.
    world.session.ended(event, "REFUSED")
    world.session.boost(tenants, 10)
    world.stopped.wait(_CORRUPT_SECONDS)
    world.session.calm()
    world.registry.go_live(number, 1)
    world.wait("the whole version is live again", lambda: _refreshed(world, number), 30)
    world.wait_until_whole()


def _refreshed(world: World, number: int) -> bool:
    answer = world.call("POST", "/refresh_models", {"tenants": [layout.tenant(number)]})
    models = (answer.json() or {}).get("models") or [{}]
    return answer.status == 200 and models[0].get("state") == "live"


def _disk_full(world: World, began: Began) -> None:
    """The file system of the node cache has no room left."""
    began()
    empty_cache(world.cache)
    filler = world.cache.parent / "filler"
    try:
        with filler.open("wb") as file:
            while file.write(bytes(1 << 16)):
                file.flush()
    except OSError:
        # Now it is full.
        pass
    world.stopped.wait(_CORRUPT_SECONDS)
    filler.unlink()
    world.wait_until_whole()


def mount_cache(folder: Path) -> bool:
    """Gives the node cache a small file system of its own; False where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={CACHE_MIB}m,mode=0700", "chaos", str(folder)]
    return os.getuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount_cache(folder: Path) -> None:
    if folder.is_mount():
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)  # noqa: S607


def empty_cache(cache: Path) -> None:
    """Removes the artifacts, which their readers expect to happen at any time."""
    for file in cache.glob("??/*"):
        file.unlink(missing_ok=True)


FAULTS = (
    Fault("redis-down", "Redis killed, started again after the outage", _redis_down),
    Fault("redis-slow", f"every answer of Redis {LATENCY_SECONDS * 1000:.0f} ms late", _redis_slow),
    Fault("redis-full", "Redis takes no more writes", _redis_full),
    Fault("redis-corrupt", "wrong bytes in every artifact of the warm store", _redis_corrupt),
    Fault("registry-unreadable", "the registry away for an outage", _registry_unreadable),
    Fault(
        "registry-slow",
        f"every open in the registry {LATENCY_SECONDS * 1000:.0f} ms late",
        _registry_slow,
        lambda w: slow_folder.obstacle(w.registry.folder),
    ),
    Fault("half-written", "a half-written version made live", _half_written),
    Fault(
        "disk-full",
        "no room left for the node cache",
        _disk_full,
        lambda w: None if w.cache.parent.is_mount() else "needs root, to mount a small file system",
    ),
)
