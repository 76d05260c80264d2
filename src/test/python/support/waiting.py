"""Waiting for what another process does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

_PAUSE_SECONDS = 0.1


def await_that(
    what: str,
    condition: Callable[[], Any],
    seconds: float,
    not_yet: tuple[type[Exception], ...] = (OSError,),
) -> Any:
    """What the condition gives when that is true at last; an error of these types is as good as false."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    seen: Any = None
    while time.monotonic() < deadline:
        try:
            seen = condition()
            if seen:
                return seen
        except not_yet as error:
            seen = error
        pause.wait(_PAUSE_SECONDS)
    raise AssertionError(f"not within {seconds:.0f} s: {what}; last seen: {seen!r}")
