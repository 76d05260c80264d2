"""Keeps two commands from changing the same thing at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import LauncherError


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
