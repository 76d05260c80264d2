"""promtool, which says whether Prometheus can read our metrics and rules, for the tests.

The one on PATH, else the distribution's, unpacked in .runtime/backends: nothing is installed in the system.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from launcher.build import backends
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project

PROPERTY = "mm.promtool"
"""The system property by which the Java tests find it."""

_GET = "Get promtool on PATH (Debian, Ubuntu: apt-get install prometheus)"


def provide(project: Project) -> Path:
    """Gets it if it is not there yet. Raises LauncherError that says in one line what is missing."""
    on_path = shutil.which("promtool")
    if on_path:
        return Path(on_path)
    folder = project.runtime / "backends" / "prometheus"
    executable = folder / "usr" / "bin" / "promtool"
    if not os.access(executable, os.X_OK):
        with step("providing promtool", "provided promtool"):
            _fetch(folder, project.runtime / "promtool.log")
    return executable


def _fetch(folder: Path, log: Path) -> None:
    fresh = folder.with_name("prometheus.new")
    backends.unpack(["prometheus"], fresh, log, _GET)
    if not (fresh / "usr" / "bin" / "promtool").is_file():
        raise LauncherError(f"the prometheus of this distribution has no promtool. {_GET}")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
