"""Further Ray nodes on this machine, beside the head of an instance."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher import local_http
from launcher.cluster import ports, processes
from launcher.cluster.instance import Instance
from launcher.cluster.ports import LOOPBACK, Ports
from launcher.cluster.processes import Process
from launcher.cluster.ray_cluster import OBJECT_STORE_BYTES, Resources, last_error
from launcher.errors import LauncherError

_JOIN_SECONDS = 120.0
_POLL_SECONDS = 0.2
_CALL_SECONDS = 20.0
_ONE_MACHINE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"


@dataclass(frozen=True)
class Member:
    """A node that the GCS counts as alive."""

    node_id: str
    name: str
    is_head: bool


@dataclass(frozen=True)
class Node:
    """A node that has joined, and the `ray start` that holds its processes and ends when one of Ray's dies."""

    name: str
    node_id: str
    ray: subprocess.Popen[bytes]

    def processes(self) -> list[Process]:
        """All of the node; none once its `ray start` has ended."""
        return processes.with_descendants(processes.all_processes(), self.ray.pid) if self.ray.poll() is None else []

    def raylet(self) -> Process:
        """Raises LauncherError when it does not run."""
        for process in self.processes():
            if process.parent == self.ray.pid and process.program == "raylet":
                return process
        raise LauncherError(f"node {self.name} has no raylet")


@dataclass(frozen=True)
class Joining:
    """How nodes join. The environment is the head's; the token is that of a Ray that asks for one."""

    instance: Instance
    ports: Ports
    resources: Resources
    environment: Mapping[str, str]
    token: str | None = None

    def start(self, name: str) -> Node:
        """Starts a node, whose name none had before; returns once it is counted. Raises LauncherError."""
        log = self.instance.folder / f"{name}.log"
        with log.open("w") as output:
            started = subprocess.Popen(
                self._command(name),
                cwd=self.instance.ray_temp,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Node(name, self._wait_for(name, started, log), started)

    def _command(self, name: str) -> list[str]:
        options = {
            "--address": f"{LOOPBACK}:{self.ports.gcs}",
            "--node-name": name,
            "--dashboard-agent-listen-port": ports.pick(),
            "--metrics-export-port": ports.pick(),
            "--num-cpus": self.resources.cpus,
            "--resources": json.dumps(dict(self.resources.custom)),
            "--object-store-memory": OBJECT_STORE_BYTES,
            "--include-log-monitor": "false",
        }
        keeps_to_loopback = self.environment.get(_ONE_MACHINE) == "0"
        return [
            str(self.instance.project.plain().python),
            "-m",
            "launcher.cluster.loopback_start" if keeps_to_loopback else "ray.scripts.scripts",
            "start",
            "--block",
            "--disable-usage-stats",
            *(f"{key}={value}" for key, value in options.items()),
        ]

    def _wait_for(self, name: str, started: subprocess.Popen[bytes], log: Path) -> str:
        deadline = time.monotonic() + _JOIN_SECONDS
        pause = threading.Event()
        while time.monotonic() < deadline:
            if started.poll() is not None:
                raise LauncherError(f"node {name} did not start: {last_error(log)} (log: {log})")
            for member in self.members():
                if member.name == name:
                    return member.node_id
            pause.wait(_POLL_SECONDS)
        raise LauncherError(f"node {name} did not join within {_JOIN_SECONDS:.0f} s (log: {log})")

    def members(self) -> list[Member]:
        """All nodes; none while the dashboard does not answer."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        url = f"{self.ports.dashboard_url}/api/v0/nodes?detail=1"
        try:
            answer = local_http.call("GET", url, timeout_seconds=_CALL_SECONDS, headers=headers)
        except local_http.NoAnswerError:
            return []
        if answer.status != 200:
            return []
        return [
            Member(each["node_id"], each["node_name"], each["is_head_node"])
            for each in answer.json()["data"]["result"]["result"]
            if each["state"] == "ALIVE"
        ]
