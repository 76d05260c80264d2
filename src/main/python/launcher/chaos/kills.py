"""Random processes of the application killed without end, whether or not the last kill is over."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from launcher import local_http
from launcher.chaos import layout
from launcher.chaos.world import World, holds
from launcher.cluster import processes, serve_api
from launcher.errors import LauncherError

NAME = "kill-random"
EXPLAINS = ("no-replica", "no-answer")
_POLL_SECONDS = 0.5
_END_SECONDS = 90.0


@dataclass
class Report:
    """`late`: kills that came later than they were due, because nothing could be killed then."""

    every_seconds: float
    by_deployment: Counter[str] = field(default_factory=Counter)
    late: int = 0
    durations: list[float] = field(default_factory=list)
    failure: str | None = None

    @property
    def made(self) -> int:
        return self.by_deployment.total()


@dataclass(frozen=True)
class _Kill:
    event: str
    deployment: str
    pid: int
    at: float


@contextmanager
def going_on(world: World, seed: int, every_seconds: float | None) -> Iterator[Report | None]:
    """For the body; after it, what was killed has come back, or the report has a failure."""
    if every_seconds is None:
        yield None
        return
    killer = Killer(world, random.Random(seed + 2), every_seconds)
    thread = threading.Thread(target=killer.run, name="chaos-kills", daemon=True)
    thread.start()
    try:
        yield killer.report
    finally:
        killer.stop.set()
        thread.join(2 * _END_SECONDS)


class Killer:
    """One thread kills and sees who is back."""

    def __init__(self, world: World, chance: random.Random, every_seconds: float) -> None:
        self._world = world
        self._random = chance
        self._open: list[_Kill] = []
        self.report = Report(every_seconds)
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            self._kill_until_stopped()
            deadline = time.monotonic() + _END_SECONDS
            while self._open and time.monotonic() < deadline:
                self._end_what_is_over(self._world.applications())
                self._world.stopped.wait(_POLL_SECONDS)
            if self._open:
                self.report.failure = f"not back within {_END_SECONDS:.0f} s: {self._open}"
        except Exception as error:
            self.report.failure = f"{type(error).__name__}: {error}"

    def _kill_until_stopped(self) -> None:
        due = time.monotonic() + self.report.every_seconds
        waited = False
        while not self.stop.wait(max(0.0, min(_POLL_SECONDS, due - time.monotonic()))):
            found = self._world.applications()
            self._end_what_is_over(found)
            if time.monotonic() < due:
                continue
            victims = possible(found)
            if not victims or not self._kill(*self._random.choice(victims)):
                waited = True
                due = time.monotonic() + _POLL_SECONDS
                continue
            self.report.late += waited
            waited = False
            due = max(due + self.report.every_seconds, time.monotonic() + self.report.every_seconds / 2)

    def _kill(self, deployment: str, pid: int) -> bool:
        hot = (deployment,) if deployment in layout.HOT else ()
        event = self._world.session.fault_began(NAME, EXPLAINS, deployments=hot)
        try:
            self._world.kill(pid)
        except (LauncherError, ProcessLookupError):
            # It has ended by itself meanwhile.
            self._world.session.ended(event, "DONE")
            return False
        self._open.append(_Kill(event, deployment, pid, time.monotonic()))
        self.report.by_deployment[deployment] += 1
        return True

    def _end_what_is_over(self, found: Sequence[serve_api.Application]) -> None:
        if not self._open:
            return
        deployments = {each.name: each for application in found for each in application.deployments}
        back = [kill for kill in self._open if _is_back(kill, deployments.get(kill.deployment))]
        if not back:
            return
        try:
            status, placed = self._world.placement()
        except local_http.NoAnswerError:
            return
        for kill in back:
            if holds(status, placed, kill.deployment, deployments[kill.deployment].running):
                self._world.session.ended(kill.event, "DONE")
                self.report.durations.append(time.monotonic() - kill.at)
                self._open.remove(kill)


def _is_back(kill: _Kill, deployment: serve_api.Deployment | None) -> bool:
    return (
        deployment is not None
        and deployment.running >= deployment.target
        and all(replica.pid != kill.pid for replica in deployment.replicas)
    )


def possible(found: Sequence[serve_api.Application]) -> list[tuple[str, int]]:
    """The replicas that may be killed, by deployment and pid: each one beside which another one runs, and SharedMemory.

    A replica runs when Serve says so and there is such a process: Serve hears of a death only after a while.
    """
    victims: list[tuple[str, int]] = []
    for application in found:
        for deployment in application.deployments:
            alive = [r.pid for r in deployment.replicas if r.state == "RUNNING" and r.pid and processes.read(r.pid)]
            if len(alive) > 1 or deployment.name == layout.SHARED_MEMORY:
                victims += [(deployment.name, pid) for pid in alive]
    return sorted(victims)


def summary(report: Report) -> str:
    each = ", ".join(f"{name} {count}" for name, count in sorted(report.by_deployment.items()))
    return (
        f"{report.made} processes killed ({each}), one every {report.every_seconds:g} s;"
        f" {report.late} of them later, because nothing else would have run in their place"
    )


def to_json(report: Report) -> Mapping[str, Any]:
    return {
        "every_seconds": report.every_seconds,
        "by_deployment": dict(sorted(report.by_deployment.items())),
        "late": report.late,
    }
