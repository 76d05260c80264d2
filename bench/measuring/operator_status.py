"""GET /status, as far as the bench reads it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launcher import local_http
from launcher.cluster.instance import Record
from launcher.errors import LauncherError

_SECONDS = 30.0
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Placement:
    """What the product says of placement; since SharedMemory took over."""

    placed: int
    promotions: int
    evictions: int
    hits: int
    requests: int
    known_tenants: int
    half_life_seconds: float
    push_seconds: float
    capacities: tuple[int, ...]
    refused: Mapping[str, str]

    def hit_ratio_since(self, before: Placement) -> float:
        requests = self.requests - before.requests
        return (self.hits - before.hits) / requests if requests else 0.0


def parse(status: Mapping[str, Any]) -> Placement:
    placement = status["placement"]
    traffic = placement["traffic"]
    return Placement(
        placement["placed"],
        placement["promotions"],
        placement["evictions"],
        traffic["hits"],
        traffic["hits"] + traffic["overflow_hits"] + traffic["loads"],
        traffic["known_tenants"],
        traffic["half_life_seconds"],
        placement["push_seconds"],
        tuple(hot["capacity"] for hot in placement["hot"] if hot["pool"] == "dynamic"),
        {**placement["refused"], **status["refused"]},
    )


def look(record: Record) -> tuple[Placement, float]:
    """The placement, and the seconds until it was answered."""
    started = time.monotonic()
    answer = local_http.call("GET", f"{record.ports.base_url}/status")
    seconds = time.monotonic() - started
    found = answer.json()
    if answer.status != 200 or not isinstance(found, dict):
        raise LauncherError(f"/status answered {answer.status} {answer.text[:300]!r}")
    return parse(found), seconds


def wait_for_capacity(record: Record, deployments: int, capacity: int) -> Placement:
    """Waits until a new user_config of the hot deployments is in force."""
    deadline = time.monotonic() + _SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline:
        placement, _ = look(record)
        if placement.refused:
            raise LauncherError(f"the configuration was refused: {dict(placement.refused)}")
        if placement.capacities == (capacity,) * deployments:
            return placement
        pause.wait(_POLL_SECONDS)
    raise LauncherError(f"after {_SECONDS:.0f} s the dynamic deployments take {placement.capacities} models")


def wait_for_requests(record: Record, before: Placement, requests: int) -> Placement:
    """Waits until the Dispatchers have reported the requests, or it takes too long."""
    deadline = time.monotonic() + _SECONDS / 6
    pause = threading.Event()
    placement, _ = look(record)
    while placement.requests - before.requests < requests and time.monotonic() < deadline:
        pause.wait(_POLL_SECONDS)
        placement, _ = look(record)
    return placement
