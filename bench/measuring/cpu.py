"""CPU time by process, from /proc."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher import status
from launcher.cluster.processes import Process
from launcher.cluster.serve_api import Application

_TICKS = os.sysconf("SC_CLK_TCK")
CLIENT = "load client"
FOREIGN = "foreign"


@dataclass(frozen=True)
class Reading:
    """CPU seconds used so far, by pid, and by the whole machine."""

    by_pid: Mapping[int, float]
    machine: float


def read(pids: Sequence[int], proc: Path = Path("/proc")) -> Reading:
    """Processes that have ended are left out."""
    by_pid = {}
    for pid in pids:
        try:
            by_pid[pid] = of_stat((proc / str(pid) / "stat").read_text(errors="replace"))
        except OSError:
            continue
    return Reading(by_pid, of_machine((proc / "stat").read_text()))


def of_stat(text: str) -> float:
    """User and system seconds of all threads, from the text of /proc/PID/stat."""
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def of_machine(text: str) -> float:
    """Seconds that the CPUs were busy with anything or taken by the host, from the text of /proc/stat."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, text.splitlines()[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICKS


@dataclass
class Used:
    """CPU seconds by role over some stretches of time, and how long these were in all."""

    seconds: float = 0.0
    requests: int = 0
    by_role: dict[str, float] = field(default_factory=dict)

    def add(self, roles: Mapping[int, str], before: Reading, after: Reading, seconds: float, requests: int) -> None:
        known = 0.0
        for pid, role in roles.items():
            if pid in before.by_pid and pid in after.by_pid:
                cpu = after.by_pid[pid] - before.by_pid[pid]
                self.by_role[role] = self.by_role.get(role, 0.0) + cpu
                known += cpu
        foreign = max(0.0, after.machine - before.machine - known)
        self.by_role[FOREIGN] = self.by_role.get(FOREIGN, 0.0) + foreign
        self.seconds += seconds
        self.requests += requests

    def share(self, role: str) -> float:
        """CPUs that the role kept busy on average."""
        return self.by_role.get(role, 0.0) / self.seconds if self.seconds else 0.0

    def per_request_ms(self, role: str, idle: Used) -> float:
        """Milliseconds a request, without what the role uses when nobody asks."""
        busy = self.by_role.get(role, 0.0) - idle.share(role) * self.seconds
        return max(0.0, busy * 1000 / self.requests) if self.requests else 0.0


def roles_of(processes: Sequence[Process], applications: Sequence[Application]) -> dict[int, str]:
    """What each process is for, by pid."""
    return {process.pid: role_of(process, applications) for process in processes}


def role_of(process: Process, applications: Sequence[Application]) -> str:
    known = {
        "ServeController": "controller",
        "ProxyActor": "proxy",
        "HAProxyManager": "HAProxy's manager",
        "raylet": "raylet",
        "gcs_server": "gcs",
    }
    if process.program == "haproxy":
        return "HAProxy"
    role = status.use_of(process, applications).role
    replicas = {r.pid for a in applications for d in a.deployments for r in d.replicas}
    if status.is_jvm(process) or process.pid in replicas:
        return role
    return next((name for mark, name in known.items() if mark in role), "rest of Ray")
