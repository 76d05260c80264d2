"""One instance's Ray: starting it, finding its processes, stopping it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from launcher import local_http
from launcher.cluster import environment, processes, serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ports import LOOPBACK, Ports
from launcher.cluster.processes import Process
from launcher.console import progress
from launcher.errors import LauncherError

# The store is hardly used: requests of a node travel without it below 100 kB. The least that Ray accepts is 75 MB.
OBJECT_STORE_BYTES = 100_000_000
_START_SECONDS = 60.0
_DRAIN_SECONDS = 8.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.25
_OLD_SESSIONS_KEPT = 1


@dataclass(frozen=True)
class Resources:
    """The resources that Ray may hand out on this machine."""

    cpus: int
    custom: Mapping[str, float]


@dataclass(frozen=True)
class Cluster:
    """The Ray cluster of an instance, running or not."""

    instance: Instance

    def processes(self) -> list[Process]:
        record = self.instance.read()
        head = record.head_pid if record else None
        package = self.instance.project.plain().ray_package
        return processes.of_instance(processes.all_processes(), self.instance.ray_temp, package, head)

    def head(self) -> Process | None:
        """The process that holds all others; None when it is not running."""
        record = self.instance.read()
        return next((p for p in self.processes() if record and p.pid == record.head_pid), None)

    def start(self, record: Record, resources: Resources, env: Mapping[str, str]) -> Record:
        """Starts Ray and waits until its dashboard answers; returns the record with the head's pid."""
        self._make_folders()
        with self.instance.head_log.open("w") as log:
            head = subprocess.Popen(
                self._command(record.ports, resources),
                cwd=self.instance.ray_temp,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = replace(record, head_pid=head.pid)
        self.instance.write(started)
        self._wait_for_dashboard(head, record.ports.dashboard_url)
        return started

    def _command(self, ports: Ports, resources: Resources) -> list[str]:
        python = self.instance.project.plain().python
        options = {
            "--node-ip-address": LOOPBACK,
            "--port": ports.gcs,
            "--dashboard-host": LOOPBACK,
            "--dashboard-port": ports.dashboard,
            "--dashboard-agent-listen-port": ports.agent,
            "--ray-client-server-port": ports.client,
            "--metrics-export-port": ports.metrics,
            "--temp-dir": self.instance.ray_temp,
            "--num-cpus": resources.cpus,
            "--resources": json.dumps(resources.custom),
            "--object-store-memory": OBJECT_STORE_BYTES,
            "--include-dashboard": "true",
            "--include-log-monitor": "false",
        }
        flags = ["--head", "--block", "--disable-usage-stats", "--no-monitor"]
        return [
            str(python),
            "-m",
            "ray.scripts.scripts",
            "start",
            *flags,
            *(f"{name}={value}" for name, value in options.items()),
        ]

    def _make_folders(self) -> None:
        temp = self.instance.ray_temp
        temp.parent.parent.mkdir(parents=True, exist_ok=True)
        # Ray opens its own folder to everybody.
        temp.parent.mkdir(exist_ok=True, mode=0o700)
        if temp.parent.stat().st_uid != os.getuid():
            raise LauncherError(f"{temp.parent} belongs to another user: remove it")
        temp.mkdir(exist_ok=True)
        sessions = sorted(path for path in temp.glob("session_2*") if path.is_dir())
        for session in sessions[: max(0, len(sessions) - _OLD_SESSIONS_KEPT)]:
            shutil.rmtree(session, ignore_errors=True)
        shutil.rmtree(environment.haproxy_folder(temp), ignore_errors=True)
        shutil.rmtree(environment.java_temp(temp), ignore_errors=True)
        environment.java_temp(temp).mkdir()

    def _wait_for_dashboard(self, head: subprocess.Popen[bytes], url: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        pause = threading.Event()
        with progress("starting Ray"):
            while time.monotonic() < deadline:
                if head.poll() is not None:
                    raise LauncherError(
                        f"Ray did not start: {last_error(self.instance.head_log)} (log: {self.instance.head_log})"
                    )
                try:
                    if local_http.call("GET", f"{url}/api/version", timeout_seconds=5).status == 200:
                        return
                except local_http.NoAnswerError:
                    pause.wait(_POLL_SECONDS)
        raise LauncherError(
            f"Ray's dashboard did not answer at {url} within {_START_SECONDS:.0f} s; logs: {self.instance.session_logs}"
        )

    def stop(self, drain: bool) -> list[Process]:
        """Ends all processes of the instance and returns them; with drain, replicas may first finish their requests."""
        there = self.processes()
        if not there:
            return []
        record = self.instance.read()
        if drain and record is not None:
            self._drain(record.ports.dashboard_url)
        with progress("stopping Ray"):
            ended = processes.stop(self.head(), self.processes, _STOP_SECONDS)
        left = self.processes()
        if left:
            raise LauncherError(f"could not end {', '.join(str(p.pid) for p in left)}: are they another user's?")
        known = {process.pid: process for process in [*there, *ended]}
        return list(known.values())

    def _drain(self, dashboard_url: str) -> None:
        deadline = time.monotonic() + _DRAIN_SECONDS
        pause = threading.Event()
        with progress("letting the replicas finish"):
            try:
                serve_api.delete(dashboard_url, _DRAIN_SECONDS)
                while serve_api.applications(dashboard_url, 2) and time.monotonic() < deadline:
                    pause.wait(_POLL_SECONDS)
            except local_http.NoAnswerError:
                return


def last_error(log: Path) -> str:
    """The line of a log of `ray start` that says most."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "Error" in line or "error" in line]
    return (telling or lines or ["no output"])[-1]
