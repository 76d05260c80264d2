"""The loop of `top`: asks again and again, and obeys keys meanwhile."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from rich.console import Console
from rich.live import Live

from launcher.errors import LauncherError
from launcher.top import keys, reading, screen
from launcher.top.keys import Keys
from launcher.top.reading import MAX_TENANTS, Reader, Sample, Table, Wanted
from launcher.top.screen import View

_ENTER = "\r\n"
_ESCAPE = "\x1b"
_ERASE = "\x7f\b"
_HEAD_LINES = 4
_MAX_PREFIX = 128


@dataclass
class State:
    """What the user chose, and what was answered. Thread-confined."""

    wanted: Wanted
    editing: str | None = None
    before: Sample | None = None
    shown: Table | None = None
    problem: str = ""
    ended: bool = False

    def press(self, key: str) -> bool:
        """Obeys a key; whether there is something else to ask for now."""
        if self.editing is not None:
            return self._edit(key)
        if key in "qQ":
            self.ended = True
        elif key == "/":
            self.editing = self.wanted.prefix
        elif key == _ESCAPE and self.wanted.prefix:
            self.wanted = replace(self.wanted, prefix="")
            return True
        elif key in screen.KEYS:
            self.wanted = replace(self.wanted, sort=screen.KEYS[key])
            return True
        return key == " "

    def _edit(self, key: str) -> bool:
        typed = self.editing or ""
        if key in _ENTER:
            self.wanted, self.editing = replace(self.wanted, prefix=typed), None
            return True
        if key == _ESCAPE:
            self.editing = None
        elif key in _ERASE:
            self.editing = typed[:-1]
        elif key.isprintable() and len(typed) < _MAX_PREFIX:
            self.editing = typed + key
        return False

    def take(self, answer: Sample | LauncherError) -> None:
        if isinstance(answer, LauncherError):
            # What was seen before it stays on the screen; rates begin anew.
            self.problem, self.before = str(answer), None
            return
        self.problem = ""
        self.shown = reading.between(self.before, answer)
        self.before = answer


class Asker:
    """Asks on a thread of its own, so that keys are obeyed while the application does not answer."""

    def __init__(self, reader: Reader, wake: Callable[[], None]) -> None:
        self._reader = reader
        self._wake = wake
        self._wanted: queue.Queue[Wanted] = queue.Queue(maxsize=1)
        self._answers: queue.Queue[Sample | LauncherError] = queue.Queue(maxsize=1)
        self.busy = False
        threading.Thread(target=self._work, name="top", daemon=True).start()

    def ask(self, wanted: Wanted) -> None:
        """Not while it is busy."""
        self.busy = True
        self._wanted.put(wanted)

    def answer(self) -> Sample | LauncherError | None:
        """What was answered, once; None while there is nothing."""
        try:
            found = self._answers.get_nowait()
        except queue.Empty:
            return None
        self.busy = False
        return found

    def _work(self) -> None:
        while True:
            wanted = self._wanted.get()
            try:
                found: Sample | LauncherError = self._reader.read(wanted)
            except LauncherError as error:
                found = error
            except Exception as error:
                found = LauncherError(f"{type(error).__name__}: {error}")
            self._answers.put(found)
            self._wake()


def run(reader: Reader, wanted: Wanted, every: float, console: Console) -> None:
    """Shows tenants until the user quits."""
    with keys.of_terminal() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        state = State(wanted)
        loop(reader, state, every, pressed, lambda view: _draw(live, console, view), lambda: console.height)


def _draw(live: Live, console: Console, view: View) -> None:
    live.update(screen.screen(view, console.width, console.height), refresh=True)


def loop(
    reader: Reader,
    state: State,
    every: float,
    pressed: Keys,
    draw: Callable[[View], None],
    height: Callable[[], int],
) -> None:
    """Draws whenever there is something new, until the user quits or the keys end."""
    asker = Asker(reader, pressed.wake)
    due = time.monotonic()
    while not state.ended:
        if time.monotonic() >= due and not asker.busy:
            due = time.monotonic() + every
            asker.ask(replace(state.wanted, limit=max(1, min(MAX_TENANTS, height() - _HEAD_LINES))))
        draw(View(reader.url, state.shown or Table(state.wanted), every, state.problem, state.editing))
        try:
            typed = pressed.wait(every if asker.busy else due - time.monotonic())
        except EOFError:
            return
        answer = asker.answer()
        if answer is not None:
            state.take(answer)
        for key in typed:
            if state.press(key):
                due = time.monotonic()
