"""A folder in which every open waits, as in a store that is slow. Linux's fanotify holds the opens up."""

from __future__ import annotations

import ctypes
import heapq
import os
import select
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import LauncherError

# Names and numbers of linux/fanotify.h.
_INIT_FLAGS = 0x1 | 0x2 | 0x4
"""FAN_CLOEXEC, FAN_NONBLOCK, FAN_CLASS_CONTENT."""
_MARK_ADD = 0x1
_OPENS = 0x0001_0000 | 0x0800_0000 | 0x4000_0000
"""FAN_OPEN_PERM, of what lies in the folder (FAN_EVENT_ON_CHILD) and of folders (FAN_ONDIR)."""
_AT_FDCWD = -100
_ALLOW = 1
_EVENT = struct.Struct("=IBBHQii")
_RESPONSE = struct.Struct("=iI")
_READ_BYTES = 4096
_MAX_HELD = 256
"""Each takes a file descriptor here; beyond, the one that has waited longest goes on."""
_END_SECONDS = 10.0

_LIBC = ctypes.CDLL(None, use_errno=True)


class SlowFolder:
    """Opens below the folder by other processes wait, each for itself: those that come together end together.

    Our own go on at once: what the run itself does to the folder is not what is measured. Files that come later are
    held up too, folders that come later are not. What only looks at names (stat) never waits.

    Whatever ends the thread that answers, or this process, closes the group, upon which the kernel lets through all
    that wait.
    """

    def __init__(self, folder: Path, delay_seconds: float) -> None:
        self.held = 0
        """Opens that were made to wait so far."""
        self._folder = folder
        self._delay_seconds = delay_seconds
        self._waiting: list[tuple[float, int]] = []
        self._failure: Exception | None = None
        self._group = _open_group()
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, name="chaos-slow-folder", daemon=True)

    def start(self) -> None:
        # Listed first: our own listing of a folder that is marked would need an answer, too.
        folders = [Path(path) for path, _, _ in os.walk(self._folder)]
        self._thread.start()
        for folder in folders:
            _mark(self._group, folder)

    def stop(self) -> None:
        """Lets through all that wait. Raises LauncherError when not all were held up that should have been."""
        os.close(self._end)
        if self._thread.ident is None:
            self._close()
        else:
            self._thread.join(_END_SECONDS)
            if self._thread.is_alive():
                raise LauncherError("opens may still be held up: the thread that answers does not end")
        if self._failure is not None:
            raise LauncherError(f"the folder was not slow: {type(self._failure).__name__}: {self._failure}")

    def _run(self) -> None:
        try:
            poll = select.poll()
            poll.register(self._group, select.POLLIN)
            poll.register(self._ended)
            while True:
                ready = dict(poll.poll(self._millis_to_next()))
                if self._ended in ready:
                    return
                if self._group in ready:
                    self._take()
                self._let_through()
        except Exception as error:
            self._failure = error
        finally:
            self._close()

    def _millis_to_next(self) -> float | None:
        return max(0.0, self._waiting[0][0] - time.monotonic()) * 1000 if self._waiting else None

    def _take(self) -> None:
        events = os.read(self._group, _READ_BYTES)
        due = time.monotonic() + self._delay_seconds
        place = 0
        while place < len(events):
            length, _, _, _, _, file, process = _EVENT.unpack_from(events, place)
            place += length
            if file < 0:
                # The queue was full; the kernel let through what did not fit.
                continue
            ours = process == os.getpid()
            self.held += not ours
            heapq.heappush(self._waiting, (0.0 if ours else due, file))

    def _let_through(self) -> None:
        now = time.monotonic()
        while self._waiting and (self._waiting[0][0] <= now or len(self._waiting) > _MAX_HELD):
            _, file = heapq.heappop(self._waiting)
            try:
                os.write(self._group, _RESPONSE.pack(file, _ALLOW))
            finally:
                os.close(file)

    def _close(self) -> None:
        os.close(self._group)
        os.close(self._ended)
        for _, file in self._waiting:
            os.close(file)


@contextmanager
def slow(folder: Path, delay_seconds: float) -> Iterator[SlowFolder]:
    """For the body."""
    made = SlowFolder(folder, delay_seconds)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def obstacle(folder: Path) -> str | None:
    """Why opens below the folder cannot be held up on this machine; None when they can."""
    try:
        group = _open_group()
    except AttributeError:
        return "needs Linux, whose fanotify holds opens up"
    except OSError as error:
        return f"needs root, to hold opens up by fanotify ({error.strerror})"
    try:
        _mark(group, folder)
    except OSError as error:
        return f"this kernel does not let opens be held up by fanotify ({error.strerror})"
    finally:
        os.close(group)
    return None


def _open_group() -> int:
    group: int = _LIBC.fanotify_init(ctypes.c_uint(_INIT_FLAGS), ctypes.c_uint(os.O_RDONLY | os.O_CLOEXEC))
    if group < 0:
        raise _error()
    return group


def _mark(group: int, folder: Path) -> None:
    name = os.fsencode(folder)
    if _LIBC.fanotify_mark(group, ctypes.c_uint(_MARK_ADD), ctypes.c_uint64(_OPENS), _AT_FDCWD, name) < 0:
        raise _error(folder)


def _error(folder: Path | None = None) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), folder)
