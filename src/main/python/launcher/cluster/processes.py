"""The operating system's processes, as far as they belong to an instance."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# In the environment of everything that runs under an instance's Ray; its value is the instance's Ray temp folder.
MARKER = "MANY_MODELS_RAY_TEMP"
_POLL_SECONDS = 0.1
_KIB = 1024


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it. `started` tells it from a later one with the same pid."""

    pid: int
    parent: int
    started: int
    arguments: tuple[str, ...]
    marker: str | None = None

    @property
    def title(self) -> str:
        return " ".join(self.arguments)

    @property
    def program(self) -> str:
        """The name of the file that runs; "" for a process that has no arguments."""
        return Path(self.arguments[0]).name if self.arguments else ""


def read(pid: int, proc: Path = Path("/proc")) -> Process | None:
    """The process with the pid; None when there is none or it has ended already."""
    try:
        # The name may contain blanks and brackets, the fields after its last bracket do not.
        fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        if fields[0] in ("Z", "X"):
            return None
        arguments = (proc / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        return Process(pid, int(fields[1]), int(fields[19]), tuple(a for a in arguments if a), _marker(proc / str(pid)))
    except (OSError, IndexError, ValueError):
        return None


def _marker(folder: Path) -> str | None:
    try:
        variables = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    return next((v.partition("=")[2] for v in variables if v.startswith(f"{MARKER}=")), None)


def all_processes() -> list[Process]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [process for pid in pids if (process := read(pid)) is not None]


def of_instance(
    processes: Iterable[Process], ray_temp: Path, ray_package: Path, head_pid: int | None = None
) -> list[Process]:
    """The processes of the instance with this Ray temp folder, in the order of their pids.

    Those are the ones that carry its marker, those of our Ray that name its temp folder in their arguments (a process
    that renames itself loses its environment), the recorded head if it is a Ray of ours, and all their descendants.
    """
    everything = {process.pid: process for process in processes if process.pid != os.getpid()}

    def is_ours(process: Process) -> bool:
        if process.marker is not None:
            return process.marker == str(ray_temp)
        from_our_ray = any(str(ray_package) in argument for argument in process.arguments)
        names_temp = any(_names(argument, str(ray_temp)) for argument in process.arguments)
        return from_our_ray and names_temp

    found = {pid for pid, process in everything.items() if is_ours(process)}
    head = everything.get(head_pid) if head_pid else None
    if head is not None and any(_names(argument, str(ray_temp)) for argument in head.arguments):
        found.add(head.pid)
    return _with_children(everything, found)


def with_descendants(processes: Iterable[Process], pid: int) -> list[Process]:
    """The process with the pid, its children, theirs and so on, in the order of their pids."""
    everything = {process.pid: process for process in processes}
    return _with_children(everything, {pid} & everything.keys())


def _with_children(everything: Mapping[int, Process], first: Collection[int]) -> list[Process]:
    found = set(first)
    while True:
        children = {pid for pid, process in everything.items() if process.parent in found} - found
        if not children:
            return [everything[pid] for pid in sorted(found)]
        found |= children


def _names(argument: str, folder: str) -> bool:
    """Whether the argument contains the folder itself, not only another one whose name begins alike."""
    _, found, rest = argument.partition(folder)
    return bool(found) and (not rest or rest[0] in "/,:; ")


def is_running(process: Process) -> bool:
    now = read(process.pid)
    return now is not None and now.started == process.started


def wait_until_gone(processes: Collection[Process], seconds: float) -> list[Process]:
    """Those that are still there after at most the given time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    left = [process for process in processes if is_running(process)]
    while left and time.monotonic() < deadline:
        pause.wait(_POLL_SECONDS)
        left = [process for process in left if is_running(process)]
    return left


def send(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        if is_running(process):
            try:
                os.kill(process.pid, number)
            except ProcessLookupError:
                continue


def stop(head: Process | None, members: Callable[[], Sequence[Process]], patience_seconds: float) -> list[Process]:
    """Ends the members: the head is asked first and may end the others; what is left is asked, then killed."""
    seen = {process.pid: process for process in members()}
    if head is not None:
        send([head], signal.SIGTERM)
        wait_until_gone(list(seen.values()), patience_seconds)
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        left = members()
        seen |= {process.pid: process for process in left}
        if not left:
            break
        send(left, number)
        wait_until_gone(left, patience_seconds / 2)
    return list(seen.values())


def pss_bytes(pid: int, proc: Path = Path("/proc")) -> int | None:
    """Memory of the process where shared pages count in part (proportional set size); None when it may not be read."""
    try:
        rollup = (proc / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KIB for line in rollup.splitlines() if line.startswith("Pss:")), None)
