"""Dockerfiles, read for tests that carry their steps out without a daemon."""

from __future__ import annotations

import shutil
from pathlib import Path


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Names and arguments, in order."""
    lines = [line for line in dockerfile.read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in joined.splitlines())]


def copy(source: Path, target: Path, into: bool) -> None:
    """What COPY does; into: whether the target is a folder."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        place = target / source.name if into else target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
