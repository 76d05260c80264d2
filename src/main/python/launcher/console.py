"""The output of the launcher."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from launcher.errors import LauncherError

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)
_MAX_WIDTH = 4000
_shown: list[Progress] = []


def say(text: str) -> None:
    """One line of plain text."""
    console.print(text, markup=False)


def show_wide(table: Table) -> None:
    """The table with a line for each row, however long: the terminal wraps it, and not each cell."""
    Console(highlight=False, width=_MAX_WIDTH, file=console.file).print(table)


def warn(text: str) -> None:
    errors.print(f"warning: {text}", style="yellow", markup=False)


@contextmanager
def on_stderr() -> Iterator[None]:
    """Send messages to stderr while the body runs: stdout belongs to the program that follows."""
    before, console.stderr = console.stderr, True
    try:
        yield
    finally:
        console.stderr = before


@contextmanager
def step(doing: str, done: str) -> Iterator[None]:
    """Shows a spinner with the elapsed time while the body runs, then a line: what was done and how long it took."""
    started = time.monotonic()
    if not console.is_terminal:
        say(f"{doing} ...")
    with progress(doing):
        yield
    say(f"{done} ({time.monotonic() - started:.1f} s)")


@contextmanager
def progress(doing: str) -> Iterator[Progress]:
    """A spinner whose text the body may change; inside another one it takes over that one's line until it ends."""
    outer = _shown[-1] if _shown else None
    shown = outer or Progress(doing)
    before, shown.text = shown.text, doing
    _shown.append(shown)
    try:
        if outer is not None:
            yield shown
        else:
            with console.status(shown, spinner="dots"):
                yield shown
    finally:
        _shown.pop()
        shown.text = before


class Progress:
    """A line that knows how long it has been there. Rendered by rich at each refresh; thread-confined otherwise."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._started = time.monotonic()

    def __rich__(self) -> str:
        return f"{self.text}  {self.elapsed():.0f} s"

    def elapsed(self) -> float:
        return time.monotonic() - self._started


def explain(error: BaseException) -> str:
    """The error as it is shown after `many-models: `."""
    return str(error) if isinstance(error, LauncherError) else " ".join(str(error).split()) or type(error).__name__


def visible(text: str) -> str:
    """The text with an escape in place of each character that a terminal would obey or not show."""
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
