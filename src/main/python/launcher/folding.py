"""Lists of names in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MIN_FOLDED = 3
_LIST = re.compile(r"[\w.-]+\d(?:, [\w.-]+\d){2,}")


def ranges(names: Iterable[str]) -> str:
    """The names in order, three and more numbered neighbours folded: `Deployment1 to Deployment4, Deployment9`."""
    runs: list[list[str]] = []
    before: tuple[str, int] | None = None
    for stem, number, name in sorted((*_split(name), name) for name in names):
        if before is not None and before == (stem, number - 1):
            runs[-1].append(name)
        else:
            runs.append([name])
        before = (stem, number)
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) >= _MIN_FOLDED else ", ".join(run) for run in runs)


def lists_in(text: str) -> str:
    """The text with each list of three and more numbered names folded as ranges does."""
    return _LIST.sub(lambda found: ranges(found[0].split(", ")), text)


def _split(name: str) -> tuple[str, int]:
    """A name without the number at its end, and the number; -1 without one, or with leading zeros."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return (stem, int(digits)) if digits and (digits == "0" or digits[0] != "0") else (name, -1)
