"""The wall clock of all processes of the cluster, which jumps; libfaketime shows them another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from launcher import backends
from launcher.chaos.faults import Began, Fault
from launcher.chaos.world import World
from launcher.console import step
from launcher.project import Project

NAME = "clock-jump"
JUMPS_SECONDS = (3_600, -3_600)
_LASTS_SECONDS = 5.0
_LIBRARY = "libfaketimeMT.so.1"
_GET = "Get libfaketime (Debian, Ubuntu: apt-get install libfaketime), or leave clock-jump out"


def environment(project: Project, file: Path) -> Mapping[str, str]:
    """What has processes read their wall clock's error from the file, which is none at first."""
    set_error(file, 0)
    return {
        "LD_PRELOAD": str(_provide(project)),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        # Seconds until a change of the file is seen.
        "FAKETIME_CACHE_DURATION": "1",
        # Deadlines and waits go by the monotonic clock, which never jumps. The option has two names, by the version.
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Files would seem to be of another time than they are.
        "NO_FAKE_STAT": "1",
    }


def _provide(project: Project) -> Path:
    folder = project.runtime / "backends" / "faketime"
    found = _library(folder)
    if found is None:
        with step("providing libfaketime", "provided libfaketime"):
            backends.unpack(["libfaketime"], folder, project.runtime / "faketime.log", _GET)
        found = next(folder.rglob(_LIBRARY))
    return found


def _library(folder: Path) -> Path | None:
    return next((file for place in (Path("/usr/lib"), folder) for file in place.rglob(_LIBRARY)), None)


def set_error(file: Path, seconds: int) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{seconds:+d}\n")
    fresh.replace(file)


def _jump(world: World, began: Began) -> None:
    """An hour ahead, then an hour behind, then right again."""
    began()
    try:
        for seconds in JUMPS_SECONDS:
            set_error(world.clock, seconds)
            world.stopped.wait(_LASTS_SECONDS)
    finally:
        set_error(world.clock, 0)
    world.wait_until_whole()


FAULTS = (
    Fault(
        NAME,
        "the wall clock of all processes an hour ahead, then behind",
        _jump,
        lambda world: None if "LD_PRELOAD" in world.environment else "libfaketime is not loaded",
    ),
)
