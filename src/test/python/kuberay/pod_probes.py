"""Probes of a container, as a kubelet runs them: httpGet only, which is what deploy/ has."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Probe:
    """One probe and what is known by it."""

    spec: Mapping[str, Any]
    address: str
    ports: Mapping[str, int]
    good: bool
    """What counts until enough answers say otherwise."""

    def __post_init__(self) -> None:
        self._next = time.monotonic() + self.spec.get("initialDelaySeconds", 0)
        self._row = 0
        self._last = self.good

    def run_when_due(self) -> None:
        if time.monotonic() < self._next:
            return
        answer = self._ask()
        self._next = time.monotonic() + self.spec.get("periodSeconds", 10)
        self._row = self._row + 1 if answer == self._last else 1
        self._last = answer
        if self._row >= (self.spec.get("successThreshold", 1) if answer else self.spec.get("failureThreshold", 3)):
            self.good = answer

    def _ask(self) -> bool:
        wanted = self.spec["httpGet"]
        port = wanted["port"] if isinstance(wanted["port"], int) else self.ports[wanted["port"]]
        connection = http.client.HTTPConnection(self.address, port, timeout=self.spec.get("timeoutSeconds", 1))
        try:
            connection.request("GET", wanted["path"])
            return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class Probes:
    """Those of one container."""

    liveness: Probe | None
    readiness: Probe | None

    @staticmethod
    def of(container: Mapping[str, Any], address: str) -> Probes:
        ports = {each["name"]: each["containerPort"] for each in container.get("ports", []) if "name" in each}
        live, ready = container.get("livenessProbe"), container.get("readinessProbe")
        return Probes(
            Probe(live, address, ports, True) if live else None, Probe(ready, address, ports, False) if ready else None
        )

    def run_when_due(self) -> None:
        for probe in (self.liveness, self.readiness):
            if probe is not None:
                probe.run_when_due()

    @property
    def alive(self) -> bool:
        return self.liveness is None or self.liveness.good

    @property
    def ready(self) -> bool:
        return self.readiness is None or self.readiness.good
