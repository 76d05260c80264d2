"""Keeps two commands from changing the same thing at once."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import LauncherError

_TURN_SECONDS = 900.0
_POLL_SECONDS = 0.2


@contextmanager
def exclusive(file: Path, what: str) -> Iterator[None]:
    """Holds the lock while the body runs; a second process is told so instead of waiting. Ends with the process."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise LauncherError(f"another many-models command (pid {holder}) is at work on {what}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def turn(link: Path, patience_seconds: float = _TURN_SECONDS) -> Iterator[None]:
    """Holds a lock while the body runs; waits while a process that lives holds it.

    The lock is a symbolic link to the number of the process: shell scripts, which have no flock on every system, can
    take it too. Raises LauncherError when patience ends.
    """
    link.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience_seconds
    pause = threading.Event()
    while not _taken(link):
        if time.monotonic() >= deadline:
            raise LauncherError(
                f"process {_holder(link)} has been building for {patience_seconds:.0f} s; if it is not, remove {link}"
            )
        pause.wait(_POLL_SECONDS)
    try:
        yield
    finally:
        link.unlink(missing_ok=True)


def _taken(link: Path) -> bool:
    holder = _holder(link)
    if holder and not _lives(holder):
        link.unlink(missing_ok=True)
    try:
        link.symlink_to(str(os.getpid()))
    except FileExistsError:
        return False
    return True


def _holder(link: Path) -> str:
    """The process that has the lock; empty when none has."""
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return True
