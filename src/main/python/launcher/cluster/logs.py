"""`logs`: what the replicas wrote."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from launcher.cluster.serve_api import Application
from launcher.errors import LauncherError

_POLL_SECONDS = 0.3
_TAIL_BYTES = 200_000


def pids_of(applications: Iterable[Application], deployment: str | None) -> dict[int, str]:
    """The replicas' pids with their deployment's name, of one deployment or of all."""
    deployments = [d for application in applications for d in application.deployments]
    if deployment is not None:
        chosen = [d for d in deployments if d.name.lower() == deployment.lower()]
        if not chosen:
            names = ", ".join(d.name for d in deployments) or "none, nothing is deployed"
            raise LauncherError(f"no deployment is named {deployment}; there are: {names}")
        deployments = chosen
    return {replica.pid: d.name for d in deployments for replica in d.replicas if replica.pid is not None}


def files_of(folder: Path, pids: Iterable[int]) -> list[Path]:
    """The log files of the processes: their output, and what Ray's Java worker logged; its native part is left out."""
    wanted = {str(pid) for pid in pids}
    return sorted(file for file in folder.glob("*") if (pid := pid_in(file.name)) is not None and pid in wanted)


def pid_in(name: str) -> str | None:
    """The pid in the name of a worker's log, as in java-worker-01000000-4711.log or worker-<id>-<job>-4711.out."""
    found = re.fullmatch(r"(?:java-worker|worker)-.*?-(\d+)\.(?:log|out|err)", name)
    return found.group(1) if found else None


def tail(file: Path, lines: int) -> list[str]:
    with file.open("rb") as content:
        content.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        return content.read().decode(errors="replace").splitlines()[-lines:]


def follow(
    files: Callable[[], Sequence[Path]], emit: Callable[[Path, str], None], pause_seconds: float = _POLL_SECONDS
) -> None:
    """Hands on each new line of the files, also of files that appear later, until interrupted."""
    positions = {file: file.stat().st_size for file in files()}
    pause = threading.Event()
    while not pause.wait(pause_seconds):
        for file in files():
            with file.open("rb") as content:
                content.seek(positions.get(file, 0))
                text = content.read()
            complete = text.rfind(b"\n") + 1
            positions[file] = positions.get(file, 0) + complete
            for line in text[:complete].decode(errors="replace").splitlines():
                emit(file, line)
