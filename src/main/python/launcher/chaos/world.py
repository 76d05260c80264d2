"""The world that faults act on: the running instance and its surroundings."""

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

from launcher import local_http
from launcher.chaos import layout
from launcher.chaos.registry import Registry
from launcher.chaos.relay import Relay
from launcher.chaos.second_node import SecondNode
from launcher.chaos.session import Session
from launcher.cluster import ports, processes, serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ports import Ports
from launcher.cluster.ray_cluster import Cluster
from launcher.cluster.redis_server import RedisServer
from launcher.errors import LauncherError

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
    outage_seconds: float
    second: SecondNode | None = None
    starts_older: bool = False
    """Whether the cluster starts with the jar of another build."""
    settled_seconds: list[float] = field(default_factory=list)
    """From each return of SharedMemory until replicas held what its table says."""
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._addresses = itertools.cycle(endpoints(self.record.ports))

    @property
    def nodes(self) -> int:
        return 1 if self.second is None else 2

    @property
    def rate_of_one(self) -> int:
        """Requests a second of a watched tenant, which share the half of all."""
        return max(1, self.requests_per_second // 2 // len(layout.WATCHED))

    def call(self, method: str, path: str, body: object | None = None) -> local_http.Answer:
        """Call the application, by turns through Ray's proxy and on a Dispatcher's own port. Raises NoAnswerError."""
        with self._lock:
            base_url = next(self._addresses)
        return local_http.call(method, f"{base_url}{path}", body, _CALL_SECONDS)

    def pids(self, deployment: str) -> list[int]:
        """The process ids of the replicas that run."""
        found = self.applications()
        return [
            replica.pid
            for application in found
            for each in application.deployments
            if each.name == deployment
            for replica in each.replicas
            if replica.pid and replica.state == "RUNNING"
        ]

    def replicas_on(self, node_id: str) -> int:
        """How many Serve counts there, whatever their state."""
        deployments = [each for application in self.applications() for each in application.deployments]
        return sum(replica.node_id == node_id for each in deployments for replica in each.replicas)

    def pids_of(self, title: str) -> list[int]:
        """The process ids of Ray's processes with this title."""
        return [process.pid for process in Cluster(self.instance).processes() if process.title.startswith(title)]

    def haproxies(self) -> list[int]:
        """The process ids of all HAProxies, those that only finish what they have begun among them."""
        return [process.pid for process in Cluster(self.instance).processes() if process.program == "haproxy"]

    def clients_of_proxy(self, pid: int) -> int:
        return ports.connections(self.record.ports.http, pid)

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends the signal to a process of this instance; to no other."""
        ours = {process.pid: process for process in Cluster(self.instance).processes()}
        if pid not in ours:
            raise LauncherError(f"{pid} is no process of instance {self.instance.name}")
        os.kill(pid, number)
        if number == signal.SIGKILL:
            processes.wait_until_gone([ours[pid]], _RECOVERY_SECONDS)

    def wait(
        self,
        what: str,
        condition: Callable[[], bool],
        seconds: float = _RECOVERY_SECONDS,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        """Waits for the condition. Raises LauncherError when it does not come true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LauncherError(f"not within {seconds:.0f} s: {what}")
            if self.stopped.wait(poll_seconds):
                return

    def wait_until_whole(self) -> None:
        """All replicas and proxies run, replicas hold what the table places there, and Dispatchers follow the table."""
        self.wait("all replicas and proxies run, and replicas hold their models", self.is_whole)
        self.stopped.wait(_SETTLED_SECONDS)

    def is_whole(self) -> bool:
        found = self.applications()
        deployments = [deployment for application in found for deployment in application.deployments]
        if not deployments or not all(a.is_ready for a in found) or any(d.running < d.target for d in deployments):
            return False
        if self.healthy_proxies() < self.nodes:
            return False
        try:
            status, placed = self.placement()
        except local_http.NoAnswerError:
            return False
        return all(holds(status, placed, d.name, d.running) for d in deployments)

    def placement(self) -> tuple[Any, Any]:
        """The answers of GET /status and /deployment_map; the judge is told the pins. Raises NoAnswerError."""
        status = self.call("GET", "/status")
        asked = self.session.pins_asked()
        placed = self.call("GET", "/deployment_map")
        if status.status != 200 or placed.status != 200:
            raise local_http.NoAnswerError(f"status {status.status}, deployment_map {placed.status}")
        table = placed.json()
        self.session.pins_seen(
            asked, {layout.number(tenant): _serve_name(name) for tenant, name in table["dedicated"].items()}
        )
        return status.json(), table

    def applications(self) -> list[serve_api.Application]:
        """None while the dashboard does not answer."""
        try:
            return serve_api.applications(self.record.ports.dashboard_url, 5)
        except local_http.NoAnswerError:
            return []

    def healthy_proxies(self) -> int:
        """0 while the dashboard does not answer."""
        try:
            return list(serve_api.proxies(self.record.ports.dashboard_url, 5).values()).count("HEALTHY")
        except local_http.NoAnswerError:
            return 0


def endpoints(ports: Ports) -> list[str]:
    """Ray's proxy, and the Dispatchers themselves."""
    return [ports.base_url, *([ports.direct_url] if ports.direct_url is not None else [])]


def holds(status: Any, placed: Any, deployment: str, running: int) -> bool:
    """Whether SharedMemory knows so many replicas of the deployment, and each does what the table says.

    Hot ones hold what it places there and nothing else, Dispatchers follow it, and the table is of the SharedMemory
    that answers.
    """
    placement = status.get("placement") or {}
    if deployment == layout.DISPATCHER:
        return bool(placement.get("dispatchers") == running)
    if deployment == layout.SHARED_MEMORY:
        return term(placement) is not None and term(placement) == term(placed)
    if deployment not in layout.HOT:
        return True
    wanted = {tenant for tenant, name in placed["deployment_map"].items() if _serve_name(name) == deployment}
    replicas: list[Any] = next(
        (each["replicas"] for each in placement.get("hot", ()) if each["deployment"] == deployment), []
    )
    return len(replicas) == running and all(set(replica["models"]) == wanted for replica in replicas)


def term(of: Any) -> str | None:
    """Which SharedMemory wrote a table, from its generation; None before its first."""
    generation = of.get("generation")
    return str(generation).partition(".")[0] if generation else None


def _serve_name(deployment: str) -> str:
    return deployment[0].upper() + deployment[1:]
