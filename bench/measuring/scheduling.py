"""How long threads ran and how often they were given a processor, from /proc/PID/task/TID/schedstat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_NANOS = 1e9
_NUMBER = re.compile(r"[-_#:/.]+\d+|\d+$")


@dataclass(frozen=True, order=True)
class Thread:
    """Threads of the same name in processes of the same role."""

    role: str
    name: str


@dataclass(frozen=True)
class Task:
    """One thread as the kernel counts: seconds that it ran, and how often it was given a processor."""

    name: str
    seconds: float
    turns: int


Tasks = Mapping[tuple[int, int], Task]
"""By process and thread id."""


@dataclass
class Ran:
    """What threads of one name took in some stretches of time."""

    seconds: float = 0.0
    turns: int = 0


@dataclass
class Took:
    """By thread, over stretches of time that are so long in all."""

    seconds: float = 0.0
    requests: int = 0
    by_thread: dict[Thread, Ran] = field(default_factory=dict)

    def add(self, roles: Mapping[int, str], before: Tasks, after: Tasks, seconds: float, requests: int) -> None:
        """A thread that began in between counts from its beginning; one that ended in between is left out."""
        for (pid, tid), task in after.items():
            was = before.get((pid, tid))
            ran = self.by_thread.setdefault(Thread(roles[pid], without_number(task.name)), Ran())
            ran.seconds += task.seconds - (was.seconds if was else 0.0)
            ran.turns += task.turns - (was.turns if was else 0)
        self.seconds += seconds
        self.requests += requests


def without_number(name: str) -> str:
    """The name that threads of a pool share; the kernel keeps 15 characters of a name."""
    return _NUMBER.sub("", name.strip()).rstrip(" -_#") or name.strip()


def read(pids: Iterable[int], proc: Path = Path("/proc")) -> dict[tuple[int, int], Task]:
    """All threads of the processes; those that end meanwhile are left out."""
    found = {}
    for pid, tid in tasks_of(pids, proc):
        folder = proc / str(pid) / "task" / str(tid)
        try:
            seconds, turns = of_schedstat((folder / "schedstat").read_bytes())
            found[pid, tid] = Task((folder / "comm").read_text(errors="replace").strip(), seconds, turns)
        except OSError:
            continue
    return found


def tasks_of(pids: Iterable[int], proc: Path = Path("/proc")) -> Iterator[tuple[int, int]]:
    """Process and thread ids."""
    for pid in pids:
        try:
            tids = [int(task.name) for task in (proc / str(pid) / "task").iterdir()]
        except OSError:
            continue
        yield from ((pid, tid) for tid in tids)


def of_schedstat(text: bytes) -> tuple[float, int]:
    """Seconds that a thread ran, and how often; between them stands how long it waited (sched-stats.rst, Linux)."""
    ran, _waited, turns = text.split()
    return int(ran) / _NANOS, int(turns)
