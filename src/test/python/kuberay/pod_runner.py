"""Runs one pod from its start to its end, and says how it is in its status."""

from __future__ import annotations

import contextlib
import datetime
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pod_volumes
from kube_api import MERGE, Api, ApiError, Resource
from pod_probes import Probes
from pod_sandbox import GATEWAY, Container, Sandbox

_POLL_SECONDS = 0.25
_RESTART_SECONDS = 2.0


@dataclass
class Running:
    """A container of the pod, as it is now."""

    spec: Resource
    container: Container
    probes: Probes
    restarts: int = 0
    since: str = field(default_factory=lambda: now())

    def status(self) -> Resource:
        code = self.container.exit_code()
        terminated = (
            {"exitCode": _exit_code(code), "reason": "Completed" if code == 0 else "Error"}
            if code is not None
            else None
        )
        return {
            "name": self.spec["name"],
            "image": self.spec["image"],
            "imageID": "",
            "ready": code is None and self.probes.ready,
            "started": code is None,
            "restartCount": self.restarts,
            "state": {"terminated": terminated} if terminated else {"running": {"startedAt": self.since}},
        }


class PodRunner:
    """A thread for each pod. `end` is safe from any thread."""

    def __init__(self, api: Api, pod: Resource, sandbox: Sandbox, image: Mapping[str, str]) -> None:
        self._api = api
        self._pod = pod
        self._image = image
        self._path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
        self._ending = threading.Event()
        self._killed = False
        self._said: Any = None
        self._since: dict[str, tuple[str, str]] = {}
        self._started = now()
        self.sandbox = sandbox
        self.error: str | None = None
        self.containers: dict[str, Running] = {}
        self._thread = threading.Thread(target=self._run, name=pod["metadata"]["name"])
        self._thread.start()

    def end(self) -> None:
        """The pod has been deleted: its containers are stopped and it is taken away."""
        self._ending.set()

    def join(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def kill(self) -> None:
        """Everything of it at once."""
        self._killed = True
        for running in self.containers.values():
            running.container.signal(signal.SIGKILL)
        self._ending.set()

    def _run(self) -> None:
        try:
            self._say("Pending", initialized=False)
            for volume in self._pod["spec"].get("volumes", []):
                if pod_volumes.make(self._api, self._pod, volume, self.sandbox.volume(volume["name"])):
                    self.sandbox.mounted(volume["name"])
            if all(self._initialized(spec) for spec in self._pod["spec"].get("initContainers", [])):
                for spec in self._pod["spec"]["containers"]:
                    self.containers[spec["name"]] = self._start(spec)
                self._watch()
            self._stop()
        except Exception:
            self.error = traceback.format_exc()
            raise
        finally:
            for running in self.containers.values():
                running.container.signal(signal.SIGKILL)
                running.container.process.wait()
            self.sandbox.remove()
        with contextlib.suppress(ApiError, OSError):
            self._api.ask("DELETE", self._path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0})

    def _initialized(self, spec: Resource) -> bool:
        """False where the pod has to end before."""
        while not self._ending.is_set():
            running = self.containers[spec["name"]] = self._start(spec)
            while running.container.exit_code() is None and not self._ending.wait(_POLL_SECONDS):
                pass
            if running.container.exit_code() == 0:
                del self.containers[spec["name"]]
                return True
            self._ending.wait(_RESTART_SECONDS)
        return False

    def _start(self, spec: Resource) -> Running:
        extra = {
            "KUBERNETES_SERVICE_HOST": "10.100.0.1",
            "KUBERNETES_SERVICE_PORT": "443",
            "KUBERNETES_SERVICE_PORT_HTTPS": "443",
        }
        pod = {**self._pod, "status": {"podIP": self.sandbox.address, "hostIP": GATEWAY}}
        environment = pod_volumes.environment(self._api, pod, spec, {**self._image, **extra})
        command = [pod_volumes.expand(word, environment) for word in [*spec.get("command", []), *spec.get("args", [])]]
        mounts = [(m["name"], m["mountPath"], m.get("readOnly", False)) for m in spec.get("volumeMounts", [])]
        container = self.sandbox.start(spec["name"], command, environment, mounts)
        return Running(spec, container, Probes.of(spec, self.sandbox.address))

    def _watch(self) -> None:
        """Until the pod is deleted. Containers that end are started again, where the pod's policy says so."""
        policy = self._pod["spec"].get("restartPolicy", "Always")
        while not self._ending.wait(_POLL_SECONDS):
            for running in self.containers.values():
                if running.container.exit_code() is None:
                    running.probes.run_when_due()
                    if not running.probes.alive:
                        running.container.signal(signal.SIGKILL)
                elif policy == "Always" or (policy == "OnFailure" and running.container.exit_code() != 0):
                    self._ending.wait(_RESTART_SECONDS)
                    fresh = self._start(running.spec)
                    fresh.restarts = running.restarts + 1
                    self.containers[running.spec["name"]] = fresh
            codes = [each.container.exit_code() for each in self.containers.values()]
            if policy != "Always" and None not in codes:
                self._say("Succeeded" if set(codes) == {0} else "Failed")
            else:
                self._say("Running")

    def _stop(self) -> None:
        """As long as the pod grants: first what a container wants done before, then the signal."""
        deadline = time.monotonic() + self._pod["spec"].get("terminationGracePeriodSeconds", 30)
        left = [each for each in self.containers.values() if each.container.exit_code() is None and not self._killed]
        before = []
        for each in left:
            command = each.spec.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command")
            if command:
                with contextlib.suppress(OSError):
                    before.append(subprocess.Popen(each.container.command_inside(command)))
        for process in before:
            process.wait(max(0.1, deadline - time.monotonic()))
        for each in left:
            each.container.signal(signal.SIGTERM)
        for each in left:
            with contextlib.suppress(subprocess.TimeoutExpired):
                each.container.process.wait(max(0.1, deadline - time.monotonic()))

    def _say(self, phase: str, initialized: bool = True) -> None:
        statuses = [each.status() for each in self.containers.values()]
        ready = phase == "Running" and all(each["ready"] for each in statuses)
        values = {"PodScheduled": True, "Initialized": initialized, "ContainersReady": ready, "Ready": ready}
        for name, value in values.items():
            text = str(value)
            if self._since.get(name, ("", ""))[0] != text:
                self._since[name] = (text, now())
        status = {
            "phase": phase,
            "podIP": self.sandbox.address,
            "podIPs": [{"ip": self.sandbox.address}],
            "hostIP": GATEWAY,
            "startTime": self._started,
            "containerStatuses": statuses,
            "conditions": [
                {"type": name, "status": value, "lastTransitionTime": since}
                for name, (value, since) in self._since.items()
            ],
        }
        if status != self._said:
            with contextlib.suppress(ApiError, OSError):
                self._api.ask("PATCH", f"{self._path}/status", {"status": status}, MERGE)
                self._said = status


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _exit_code(code: int) -> int:
    """As a shell tells it: a signal is 128 and its number."""
    return code if code >= 0 else 128 - code


def log_of(folder: Path, container: str) -> str:
    return (folder / f"{container}.log").read_text(errors="replace")
