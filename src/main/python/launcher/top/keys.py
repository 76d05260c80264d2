"""Keys as they are pressed, and other news, in one wait."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ESCAPE = "\x1b"
_BYTES = 64


class Keys:
    """Waits for keys and for `wake`. `wake` is for any thread, all else for one."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._news, self._woken = os.pipe()
        os.set_blocking(self._news, False)
        os.set_blocking(self._woken, False)
        self._closing = threading.Lock()
        self._closed = False

    @property
    def wake_descriptor(self) -> int:
        """What is written to it ends a wait."""
        return self._woken

    def wake(self) -> None:
        with self._closing, suppress(BlockingIOError):
            if not self._closed:
                os.write(self._woken, b"!")

    def wait(self, seconds: float) -> str:
        """The keys that were pressed; empty after the time, and when it was woken. Raises EOFError at the end."""
        ready, _, _ = select.select([self._terminal, self._news], [], [], max(0.0, seconds))
        if self._news in ready:
            with suppress(BlockingIOError):
                os.read(self._news, _BYTES)
        if self._terminal not in ready:
            return ""
        read = os.read(self._terminal, _BYTES)
        if not read:
            raise EOFError
        return plain(read.decode(errors="replace"))

    def close(self) -> None:
        with self._closing:
            self._closed = True
            os.close(self._news)
            os.close(self._woken)


def plain(text: str) -> str:
    """Without the sequences that arrows and the like send; an escape alone stays."""
    return "" if text.startswith(_ESCAPE) and len(text) > 1 else text


@contextmanager
def of_terminal() -> Iterator[Keys]:
    """The keys of stdin without waiting for Enter; a window that changes its size wakes. As before at the end."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    keys = Keys(terminal)
    old_wake = signal.set_wakeup_fd(keys.wake_descriptor, warn_on_full_buffer=False)
    old_size = signal.signal(signal.SIGWINCH, lambda *_: None)
    try:
        tty.setcbreak(terminal)
        yield keys
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, old_size)
        signal.set_wakeup_fd(old_wake)
        keys.close()
