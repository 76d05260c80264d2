"""The wall clock of the replicas, which jumps: libfaketime shows another one to their JVMs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from launcher import backends
from launcher.chaos.faults import Began, Fault
from launcher.chaos.world import World
from launcher.console import step
from launcher.project import Project
from launcher.toolchain import find_jdk

NAME = "clock-jump"
FILE = "wall-clock"
JUMPS_SECONDS = (3_600, -3_600)
_LASTS_SECONDS = 5.0
_LIBRARY = "libfaketimeMT.so.1"
_GET = "Get libfaketime (Debian, Ubuntu: apt-get install libfaketime), or leave clock-jump out"


def environment(project: Project, folder: Path, user: Mapping[str, str]) -> dict[str, str]:
    """What has every JVM read its wall clock's error from a file of the folder, which is none at first.

    JVMs only, by a JDK whose `java` loads the library: Python's sleep fails with it (clock_nanosleep, 0.9.10).
    """
    set_error(folder / FILE, 0)
    variables = {
        "LD_PRELOAD": str(_provide(project)),
        "FAKETIME_TIMESTAMP_FILE": str(folder / FILE),
        # Seconds until a change of the file is seen.
        "FAKETIME_CACHE_DURATION": "1",
        # Deadlines and waits go by the monotonic clock, which never jumps. The option has two names, by the version.
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Files would seem to be of another time than they are.
        "NO_FAKE_STAT": "1",
    }
    home = find_jdk(user).home
    jdk = folder / "jdk"
    (jdk / "bin").mkdir(parents=True)
    for file in home.iterdir():
        if file.name != "bin":
            (jdk / file.name).symlink_to(file)
    for file in (home / "bin").iterdir():
        if file.name != "java":
            (jdk / "bin" / file.name).symlink_to(file)
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    java = jdk / "bin" / "java"
    java.write_text(f'#!/bin/sh\n{settings} exec {shlex.quote(str(home / "bin" / "java"))} "$@"\n')
    java.chmod(0o755)
    return {"JAVA_HOME": str(jdk)}


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
        "the wall clock of all replicas an hour ahead, then behind",
        _jump,
        lambda world: None if world.clock.is_file() else "libfaketime is not loaded",
    ),
)
