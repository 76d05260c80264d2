"""What the replicas of a cluster log when it starts and nothing goes wrong."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from launcher.cluster import logs, serve_api
from launcher.cluster.instance import Instance
from launcher.project import Project

INSTANCE = Path(os.environ.get("MM_INSTANCE_DIR", ""))
DASHBOARD_URL = os.environ.get("MM_DASHBOARD_URL", "")
# As log4j, java.util.logging, Python, and the JVM itself spell it.
COMPLAINT = re.compile(r"\b(warn|warning|error|severe|fatal)\b", re.IGNORECASE)

# LoggingUtil (Ray 2.60.0) gives log4j an attribute that it does not know, and sets the level at which log4j says so.
RAYS_OWN = 'AsyncRoot contains an invalid element or attribute "RingBufferSize"'


def complaints(files: list[Path]) -> list[str]:
    """The lines that name a level from WARN on, each with its file."""
    return [
        f"{file.name}: {line}"
        for file in files
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if COMPLAINT.search(line) and RAYS_OWN not in line
    ]


@pytest.mark.parametrize(
    ("line", "complains"),
    [
        ("2026-11-29 12:00:00,000 WARN RayServeReplicaImpl [main]: Tried to call a method call", True),
        ("2026-11-29T12:00:00.000-WARNING-io.manymodels.placing.Declarations-user_config refused", True),
        ("2026-11-29T12:00:00.000-SEVERE-io.manymodels.X-why", True),
        ("[0.1s][error][cds] An error has occurred", True),
        ("OpenJDK 64-Bit Server VM warning: sharing is only supported", True),
        ("2026-11-29T12:00:00.000-INFO-io.manymodels.X-placement table 1.2", False),
    ],
)
def test_complaints_are_told_from_news(tmp_path: Path, line: str, complains: bool) -> None:
    (tmp_path / "log").write_text(f"{line}\n")
    assert bool(complaints([tmp_path / "log"])) is complains


@pytest.mark.fresh
def test_clean_start_logs_no_warning() -> None:
    if not DASHBOARD_URL:
        pytest.skip("MM_DASHBOARD_URL is not set: no cluster whose logs could be read")
    instance = Instance(Project.here(), INSTANCE.name)
    pids = logs.pids_of(serve_api.applications(DASHBOARD_URL), None)
    files = logs.files_of(instance.session_logs, pids)
    seen = {logs.pid_in(file.name) for file in files if file.name.startswith("java-worker")}
    assert seen == {str(pid) for pid in pids}, "every replica has a log"
    # Not those of Serve's controller and proxy: these warn of a slow machine, as when fourteen JVMs start at once.
    assert complaints(files) == []
