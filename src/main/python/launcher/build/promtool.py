"""promtool, which says whether Prometheus can read our metrics and rules, and Prometheus itself, for the tests.

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


def of(project: Project) -> Path:
    """Where it is, or will be. The server lies beside it."""
    on_path = shutil.which("promtool")
    return Path(on_path) if on_path else project.runtime / "backends" / "prometheus" / "usr" / "bin" / "promtool"


def server(project: Project) -> Path:
    """Prometheus, of the same package; not there when promtool is not."""
    return of(project).with_name("prometheus")


def provide(project: Project) -> Path:
    """Gets it if it is not there yet. Raises LauncherError that says in one line what is missing."""
    executable = of(project)
    if not os.access(executable, os.X_OK):
        folder = project.runtime / "backends" / "prometheus"
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
