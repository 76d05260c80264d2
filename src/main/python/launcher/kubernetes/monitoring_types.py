"""What judges deploy/monitoring by the types of Grafana and of Prometheus' operator, built for the tests.

Neither is run: Grafana is under the AGPL, and no registry that we use has its program. src/test/go/check-monitoring pins
the modules with their types.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from launcher.build import sources
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project

_INPUTS = ("go.mod", "go.sum", "main.go")
_GET_GO = "Get Go 1.25 or newer on PATH (https://go.dev/dl)"
_SETTINGS = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-buildvcs=false -mod=readonly",
    "GOTOOLCHAIN": "local",
    "GO111MODULE": "on",
}


def of(project: Project) -> Path:
    """Where the executable is, or will be."""
    return project.runtime / "backends" / "check-monitoring" / "check-monitoring"


def provide(project: Project) -> Path:
    """Builds it if it is not there yet, or not from the sources as they are. Raises LauncherError with one line."""
    executable = of(project)
    stamp = executable.with_name("stamp")
    mark = sources.digest(_module(project), _INPUTS)
    if not (os.access(executable, os.X_OK) and stamp.is_file() and stamp.read_text() == mark):
        with step("building what judges the dashboards", "built what judges the dashboards"):
            stamp.unlink(missing_ok=True)
            executable.parent.mkdir(parents=True, exist_ok=True)
            _build(project, executable)
        stamp.write_text(mark)
    return executable


def _module(project: Project) -> Path:
    return project.root / "src" / "test" / "go" / "check-monitoring"


def _build(project: Project, executable: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise LauncherError(f"what judges the dashboards is built by go, which is missing. {_GET_GO}")
    log = project.runtime / "check-monitoring.log"
    with log.open("w") as messages:
        result = subprocess.run(
            [go, "build", "-ldflags", "-s -w", "-o", str(executable), "."],
            cwd=_module(project),
            env=dict(os.environ) | _SETTINGS,
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        said = " ".join(log.read_text(errors="replace").splitlines()[-3:])
        raise LauncherError(f"go build failed ({said}); the whole log is {log}. {_GET_GO}")
