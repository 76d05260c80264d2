"""What faults act on: the running instance and what stands around it."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import local_http, processes, serve_api
from launcher.chaos import layout
from launcher.chaos.registry import Registry
from launcher.chaos.relay import Relay
from launcher.chaos.session import Session
from launcher.cluster import Cluster
from launcher.errors import LauncherError
from launcher.instance import Instance, Record
from launcher.ports import Ports
from launcher.redis_server import RedisServer

_POLL_SECONDS = 0.2
_RECOVERY_SECONDS = 90.0
_SETTLED_SECONDS = 1.0
"""For requests that were under way when the last replica was back."""
_CALL_SECONDS = 40.0
"""Longer than the longest deadline of an operator's call."""


@dataclass
class World:
    """Thread-safe but for the random source, which belongs to the thread that makes faults."""

    instance: Instance
    record: Record
    session: Session
    registry: Registry
    redis: RedisServer
    relay: Relay
    cache: Path
    config: Callable[[layout.Settings], Mapping[str, Any]]
    random: random.Random
    requests_per_second: int
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._addresses = itertools.cycle(endpoints(self.record.ports))

    @property
    def rate_of_one(self) -> int:
        """Requests a second of a watched tenant, which share the half of all."""
        return max(1, self.requests_per_second // 2 // len(layout.WATCHED))

    def call(self, method: str, path: str, body: object | None = None) -> local_http.Answer:
        """To the application, by turns through Ray's proxy and to a Dispatcher itself. Raises NoAnswerError."""
        with self._lock:
            base_url = next(self._addresses)
        return local_http.call(method, f"{base_url}{path}", body, _CALL_SECONDS)

    def pids(self, deployment: str) -> list[int]:
        """Of the replicas that run."""
        found = self.applications()
        return [
            replica.pid
            for application in found
            for each in application.deployments
            if each.name == deployment
            for replica in each.replicas
            if replica.pid and replica.state == "RUNNING"
        ]

    def pid_of(self, title: str) -> int | None:
        """Of the process of Ray that calls itself so."""
        there = Cluster(self.instance).processes()
        return next((p.pid for p in there if p.title.startswith(title)), None)

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends the signal to a process of this instance; to no other."""
        ours = {process.pid: process for process in Cluster(self.instance).processes()}
        if pid not in ours:
            raise LauncherError(f"{pid} is no process of instance {self.instance.name}")
        os.kill(pid, number)
        if number == signal.SIGKILL:
            processes.wait_until_gone([ours[pid]], _RECOVERY_SECONDS)

    def wait(self, what: str, condition: Callable[[], bool], seconds: float = _RECOVERY_SECONDS) -> None:
        """Waits for the condition. Raises LauncherError when it does not come true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LauncherError(f"not within {seconds:.0f} s: {what}")
            if self.stopped.wait(_POLL_SECONDS):
                return

    def wait_until_whole(self) -> None:
        """All replicas run, hold what the table places there, and Dispatchers follow the table."""
        self.wait("all replicas run and hold their models", self.is_whole)
        self.stopped.wait(_SETTLED_SECONDS)

    def is_whole(self) -> bool:
        found = self.applications()
        deployments = [deployment for application in found for deployment in application.deployments]
        if not deployments or not all(a.is_ready for a in found) or any(d.running < d.target for d in deployments):
            return False
        try:
            status, placed = self.call("GET", "/status"), self.call("GET", "/deployment_map")
        except local_http.NoAnswerError:
            return False
        if status.status != 200 or placed.status != 200:
            return False
        return holds_table(status.json(), placed.json(), {d.name: d.running for d in deployments})

    def applications(self) -> list[serve_api.Application]:
        """None while the dashboard does not answer."""
        try:
            return serve_api.applications(self.record.ports.dashboard_url, 5)
        except local_http.NoAnswerError:
            return []


def endpoints(ports: Ports) -> list[str]:
    """Ray's proxy, and the Dispatchers themselves."""
    return [ports.base_url, *([ports.direct_url] if ports.direct_url is not None else [])]


def holds_table(status: Any, placed: Any, running: Mapping[str, int]) -> bool:
    """Whether each replica holds exactly what the table places in its deployment."""
    table: dict[str, set[str]] = {name: set() for name in layout.HOT}
    for tenant, deployment in placed["deployment_map"].items():
        table[deployment[0].upper() + deployment[1:]].add(tenant)
    placement = status.get("placement") or {}
    if placement.get("dispatchers") != running[layout.DISPATCHER]:
        return False
    hot = {each["deployment"]: each["replicas"] for each in placement["hot"]}
    return all(
        len(hot.get(name, [])) == running[name]
        and all(set(replica["models"]) == tenants for replica in hot.get(name, []))
        for name, tenants in table.items()
    )
