"""`tails`: slow requests of the default layout beside the in-process limit, and who had the processors meanwhile."""

from __future__ import annotations

import copy
import os
import re
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import status
from launcher.build.shipped import MEMORY_OPTIONS
from launcher.cluster import serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import progress, say, step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, cpu, fleet, java, load, operator_status, scheduling, who_ran
from measuring.dataplane_bench import LIMIT, LIMIT_LOOPS, OPEN_CONNECTIONS
from measuring.http_bench import Effort
from measuring.load import Load, LoadClient, Sample
from measuring.who_ran import Blame

TENANTS = 1_000
DEPLOYMENTS = 10
RATES = (1_000, 3_000, 6_000)
LOWEST = RATES[0]
RECORDED_RATES = RATES[:2]
CONNECTIONS = (8, 32)
OURS, BESIDE = "ours", "limit"
IDLE_SECONDS_PER_SECOND_OF_EFFORT = 15
MOST_IDLE_SECONDS = 60.0
_EXPONENT = 1.0
_DRAWS = 40_000
_SEED = 20
_SETTLE_SECONDS = 0.3
_LIMIT_WARM_UP = 0.25
_REST_SECONDS = 8.0
_MOST_UNREST_SECONDS = 60.0
_POLL_SECONDS = 1.0
_HOT = re.compile(r"Deployment\d+")
_REST_OF_RAY = "rest of Ray"


@dataclass(frozen=True)
class Demand:
    """A kind of load. rate: arrivals a second of an open loop; 0: a closed one."""

    rate: int
    connections: int

    @property
    def title(self) -> str:
        return f"{self.rate:,}/s" if self.rate else f"c={self.connections}"

    def seconds(self, effort: Effort) -> float:
        """Of a sample; twice as long where there are so few requests that one in a thousand is rare."""
        return effort.seconds * (2 if self.rate == LOWEST else 1)


OPEN = tuple(Demand(rate, OPEN_CONNECTIONS) for rate in RATES)
CLOSED = tuple(Demand(0, connections) for connections in CONNECTIONS)
DEMANDS = (*OPEN, *CLOSED)


@dataclass(frozen=True)
class Side:
    """Ours or the limit: where it listens."""

    key: str
    port: int


@dataclass
class Result:
    """Samples by side and title of the load, then by round; a round in which one failed has none."""

    effort: Effort
    recorded_by: str
    samples: dict[tuple[str, str], dict[int, Sample]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    used: cpu.Used = field(default_factory=cpu.Used)
    """At the lowest rate, ours."""
    threads: scheduling.Took = field(default_factory=scheduling.Took)
    """Likewise."""
    idle: cpu.Used = field(default_factory=cpu.Used)
    idle_threads: scheduling.Took = field(default_factory=scheduling.Took)
    blame: dict[int, Blame] = field(default_factory=dict)
    """By rate; from samples of their own, as recording takes time too."""

    def of(self, side: str, what: str) -> list[Sample]:
        return list(self.samples.get((side, what), {}).values())

    def median(self, side: str, what: str, of: Callable[[Sample], float]) -> float | None:
        """None when all rounds failed."""
        samples = self.of(side, what)
        return statistics.median(map(of, samples)) if samples else None

    def ratio(self, what: str, of: Callable[[Sample], float]) -> float | None:
        """The median of ours relative to the limit's of the same round."""
        ours, limit = (self.samples.get((side, what), {}) for side in (OURS, BESIDE))
        ratios = [of(ours[n]) / of(limit[n]) for n in ours.keys() & limit.keys() if of(limit[n])]
        return statistics.median(ratios) if ratios else None

    def first_error(self) -> str:
        """What came instead of a right answer, and where, in brackets; empty when all were right."""
        for (side, what), by_round in self.samples.items():
            for sample in by_round.values():
                if sample.errors:
                    return f" (the first of {side} at {what}: {sample.first_error})"
        return ""

    def total(self, of: Callable[[Sample], int]) -> int:
        """Over all samples of both sides."""
        return sum(of(sample) for by_round in self.samples.values() for sample in by_round.values())


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    limit = classes.command("io.manymodels.http.LimitServer", str(TENANTS), str(LIMIT_LOOPS), options=MEMORY_OPTIONS)
    with (
        running(project) as (instance, record),
        java.server(limit, "limit server") as limit_server,
        load.running(classes) as client,
    ):
        sides = (Side(OURS, cluster.direct_port(record)), Side(BESIDE, limit_server.port))
        asked = client.prepare("tails", questions(), fleet.draws(TENANTS, _EXPONENT, _DRAWS, _SEED))
        folder = classes.folder.parent
        result = Result(effort, who_ran.means(folder))

        def roles() -> dict[int, str]:
            return {**roles_of(instance, record), limit_server.pid: LIMIT, client.pid: cpu.CLIENT}

        with progress("warming up") as shown:
            warm_up(client, sides, asked, effort.warm_up_seconds)
            for number in range(1, effort.rounds + 1):
                shown.text = f"round {number} of {effort.rounds}"
                measure_round(client, sides, asked, number, roles(), result)
                record_round(client, sides[0], asked, roles(), folder, result)
            shown.text = "waiting until nobody moves"
            wait_for_rest(record)
            shown.text = "measuring idle"
            measure_idle(roles(), result)
    for failure in result.failures:
        say(failure)
    return result


def changed(config: Mapping[str, Any]) -> dict[str, Any]:
    """As it is shipped, but for the two dedicated deployments, which take part too, and answers without a map."""
    deployed = copy.deepcopy(dict(config))
    hot = 0
    for application in deployed["applications"]:
        for deployment in application["deployments"]:
            mine = deployment.get("user_config", {})
            if _HOT.fullmatch(deployment["name"]):
                kept = {name: value for name, value in mine.items() if name.startswith("capacity")}
                deployment["user_config"] = {**kept, "pool": "dynamic"}
                hot += 1
            elif deployment["name"] == "Dispatcher":
                deployment["user_config"] = {**mine, "deployment_map_limit": 0}
    if hot != DEPLOYMENTS:
        raise LauncherError(f"the configuration has {hot} hot deployments, expected are {DEPLOYMENTS}")
    return deployed


@contextmanager
def running(project: Project) -> Iterator[tuple[Instance, Record]]:
    """A fresh cluster with a registry of a thousand tenants, none of them placed; always taken down."""
    registry = project.plain().runtime / "bench" / "registry-tails"
    shutil.rmtree(registry, ignore_errors=True)
    try:
        with step(f"making a registry of {TENANTS} tenants", f"made a registry of {TENANTS} tenants"):
            fleet.make(project, registry, TENANTS)
        settings = {"MANY_MODELS_REGISTRY": f"file:{registry}", cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT}
        with cluster.running(project, os.environ, settings) as (instance, record):
            user = {**cluster.without_settings(os.environ), **settings}
            cluster.redeploy(instance, record, user, changed)
            yield instance, record
    finally:
        shutil.rmtree(registry, ignore_errors=True)


def questions() -> list[load.Question]:
    return [fleet.score(number, 1) for number in range(1, TENANTS + 1)]


def roles_of(instance: Instance, record: Record) -> dict[int, str]:
    """What each process of the cluster is for, Ray's own by their names; and this one."""
    applications = serve_api.applications(record.ports.dashboard_url)
    found = {}
    for process in Cluster(instance).processes():
        role = cpu.role_of(process, applications)
        found[process.pid] = status.role_of(process) if role == _REST_OF_RAY else role
    return {**found, os.getpid(): cpu.CLIENT}


def of_cluster(roles: Mapping[int, str]) -> dict[int, str]:
    """Without the limit and the bench's own."""
    return {pid: role for pid, role in roles.items() if role not in (LIMIT, cpu.CLIENT)}


def warm_up(client: LoadClient, sides: Sequence[Side], asked: Load, seconds: float) -> None:
    """Each model once, so that none is loaded while anything is measured; then both kinds of load, by turns."""
    for side in sides:
        client.send(side.port, Load(asked.questions, None), 8)
        share = seconds * (1 if side.key == OURS else _LIMIT_WARM_UP)
        for _ in range(2):
            client.send(side.port, asked, max(CONNECTIONS), seconds=max(_SETTLE_SECONDS, share / 4))
            client.send(
                side.port, asked, OPEN_CONNECTIONS, seconds=max(_SETTLE_SECONDS, share / 4), rate=RECORDED_RATES[-1]
            )


def measure_round(
    client: LoadClient, sides: Sequence[Side], asked: Load, number: int, roles: Mapping[int, str], result: Result
) -> None:
    """One sample of each load on each side, the two in turn; a sample that fails is noted."""
    for demand in DEMANDS:
        # The order changes, so that a drift of the machine falls on both.
        for side in sides if number % 2 else list(reversed(sides)):
            try:
                if side.key == OURS and demand.rate == LOWEST:
                    sample = _watched(client, side, asked, demand, of_cluster(roles), result)
                else:
                    sample = _sample(client, side, asked, demand, result.effort)
            except LauncherError as error:
                result.failures.append(f"round {number}, {demand.title}, {side.key}: {error}")
            else:
                result.samples.setdefault((side.key, demand.title), {})[number] = sample


def record_round(
    client: LoadClient, side: Side, asked: Load, roles: Mapping[int, str], folder: Path, result: Result
) -> None:
    """Samples of ours, of which only is kept who ran."""
    for rate in RECORDED_RATES:
        demand = Demand(rate, OPEN_CONNECTIONS)
        try:
            _settle(client, side, asked, demand)
            with who_ran.recording(result.recorded_by, roles, folder) as recorded:
                sample = _ask(client, side, asked, demand, demand.seconds(result.effort), keep_slow=True)
        except LauncherError as error:
            result.failures.append(f"recording at {demand.title}: {error}")
        else:
            slow = who_ran.slow_requests(client.slow)
            result.blame.setdefault(rate, Blame()).add(recorded, slow, sample.requests)


def wait_for_rest(record: Record) -> None:
    """Until nothing has been placed or evicted for some seconds, or for a minute."""
    deadline = time.monotonic() + _MOST_UNREST_SECONDS
    pause = threading.Event()
    seen, since = None, time.monotonic()
    while time.monotonic() < min(deadline, since + _REST_SECONDS):
        placement, _ = operator_status.look(record)
        now = (placement.placed, placement.promotions, placement.evictions)
        if now != seen:
            seen, since = now, time.monotonic()
        pause.wait(_POLL_SECONDS)


def measure_idle(roles: Mapping[int, str], result: Result) -> None:
    watched = of_cluster(roles)
    threads, before, started = scheduling.read(watched), cpu.read(list(watched)), time.monotonic()
    threading.Event().wait(min(MOST_IDLE_SECONDS, IDLE_SECONDS_PER_SECOND_OF_EFFORT * result.effort.seconds))
    after, elapsed = cpu.read(list(watched)), time.monotonic() - started
    result.idle.add(watched, before, after, elapsed, 0)
    result.idle_threads.add(watched, threads, scheduling.read(watched), elapsed, 0)


def _watched(
    client: LoadClient, side: Side, asked: Load, demand: Demand, roles: Mapping[int, str], result: Result
) -> Sample:
    """A sample, with what each process and thread took for it."""
    _settle(client, side, asked, demand)
    threads, before, started = scheduling.read(roles), cpu.read(list(roles)), time.monotonic()
    sample = _ask(client, side, asked, demand, demand.seconds(result.effort))
    after, elapsed = cpu.read(list(roles)), time.monotonic() - started
    result.used.add(roles, before, after, elapsed, sample.requests)
    result.threads.add(roles, threads, scheduling.read(roles), elapsed, sample.requests)
    return sample


def _sample(client: LoadClient, side: Side, asked: Load, demand: Demand, effort: Effort) -> Sample:
    _settle(client, side, asked, demand)
    return _ask(client, side, asked, demand, demand.seconds(effort))


def _settle(client: LoadClient, side: Side, asked: Load, demand: Demand) -> None:
    _ask(client, side, asked, demand, _SETTLE_SECONDS)


def _ask(
    client: LoadClient, side: Side, asked: Load, demand: Demand, seconds: float, *, keep_slow: bool = False
) -> Sample:
    return client.send(side.port, asked, demand.connections, seconds=seconds, rate=demand.rate, keep_slow=keep_slow)
