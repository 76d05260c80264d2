"""`placement`: many tenants on a real cluster: hit ratio beside the simulator's, how fast places fill, and the cost."""

from __future__ import annotations

import copy
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from launcher import local_http, status
from launcher.cluster.instance import Instance, Record
from launcher.console import progress, say, step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, java, load, memory_bench, operator_status, placement_cost, registry, simulator, traces
from measuring.http_bench import Effort
from measuring.load import LoadClient, Sample
from measuring.operator_status import Placement
from measuring.placement_cost import Cost, Side
from measuring.simulator import Simulated

CONNECTIONS = 8
DEPLOYMENTS = 10
REGISTERED = 10_000
FEW = 100
FEW_INSTANCE = f"{cluster.INSTANCE}few"

HIT_TENANTS = 1_000
HIT_EXPONENT = 1.0
HIT_CAPACITY = 20
HIT_REQUESTS_PER_SECOND_OF_EFFORT = 10_000

FILL_EXPONENT = 0.8
FILL_CAPACITY = 500
FILL_SECONDS_PER_SECOND_OF_EFFORT = 50
_FILL_STRETCHES = 25
_POLL_SECONDS = 2.0
_STATUS_CALLS = 20
_TRACE_REQUESTS = 50_000
_SEED = 1
_HOT = re.compile(r"Deployment\d+")


@dataclass(frozen=True)
class HitRatio:
    """The trace over HTTP, and the same requests at the same times in the simulator."""

    replay: Sample
    measured: float
    second_half: float
    before: Placement
    after: Placement
    simulated: Simulated


@dataclass(frozen=True)
class Look:
    """GET /status while the load ran."""

    seconds: float
    placement: Placement
    latency_seconds: float


@dataclass(frozen=True)
class Fill:
    """From few placed tenants to all places taken; PSS of the JVMs in MiB."""

    places: int
    seconds: float
    requests: int
    errors: int
    first_error: str
    before: Placement
    looks: Sequence[Look]
    quiet_latencies: Sequence[float]
    pss_before: Mapping[str, float]
    pss_after: Mapping[str, float]

    @property
    def after(self) -> Placement:
        return self.looks[-1].placement

    @property
    def is_full(self) -> bool:
        return self.after.placed >= self.places

    @property
    def promotions_per_second(self) -> float:
        return (self.after.promotions - self.before.promotions) / self.seconds


@dataclass(frozen=True)
class Result:
    moves_per_second: int
    hit_ratio: HitRatio
    fill: Fill
    cost: Cost


def changed(config: Mapping[str, Any], *, capacity: int, moves: int) -> dict[str, Any]:
    """All hot deployments dynamic with this capacity and nobody declared; no deployment_map in the answers.

    moves: promotions a second at most; 0: as it is.
    """
    deployed = copy.deepcopy(dict(config))
    hot = 0
    for application in deployed["applications"]:
        for deployment in application["deployments"]:
            if _HOT.fullmatch(deployment["name"]):
                deployment["user_config"] = {"capacity": capacity, "pool": "dynamic"}
                hot += 1
            elif deployment["name"] == "Dispatcher":
                deployment["user_config"] = {**deployment.get("user_config", {}), "deployment_map_limit": 0}
            elif deployment["name"] == "SharedMemory" and moves:
                deployment["user_config"] = {**deployment.get("user_config", {}), "max_moves_per_second": moves}
    if hot != DEPLOYMENTS:
        raise LauncherError(f"the configuration has {hot} hot deployments, expected are {DEPLOYMENTS}")
    return deployed


def moves_of(config: Mapping[str, Any]) -> int:
    """Promotions a second at most; 0 when the configuration does not say."""
    found = [
        deployment.get("user_config", {}).get("max_moves_per_second", 0)
        for application in config["applications"]
        for deployment in application["deployments"]
        if deployment["name"] == "SharedMemory"
    ]
    return int(found[0]) if found else 0


def questions(numbers: Sequence[int]) -> list[tuple[str, int]]:
    return [(registry.tenant(number), number) for number in numbers]


def run(project: Project, effort: Effort, moves: int, places_each: int) -> Result:
    classes = java.compiled(project)
    with ExitStack() as stack:
        instance, record = stack.enter_context(_instance(project, cluster.INSTANCE, REGISTERED))
        client = stack.enter_context(load.running(classes))
        in_force = _configure(instance, record, HIT_CAPACITY, moves)
        requests = max(CONNECTIONS, round(HIT_REQUESTS_PER_SECOND_OF_EFFORT * effort.seconds))
        hits = measure_hit_ratio(project, record, client, requests)
        _configure(instance, record, places_each, moves)
        most_seconds = FILL_SECONDS_PER_SECOND_OF_EFFORT * effort.seconds
        filled = fill(instance, record, client, DEPLOYMENTS * places_each, most_seconds)
        few, few_record = stack.enter_context(_instance(project, FEW_INSTANCE, FEW))
        _configure(few, few_record, places_each, moves)
        _warm_few(few_record, client, hits.replay.requests + filled.requests, most_seconds)
        many_side = Side(instance, record, placed(record))
        few_side = Side(few, few_record, placed(few_record))
        cost = placement_cost.compare(client, many_side, few_side, effort, CONNECTIONS, FILL_EXPONENT)
    return Result(in_force, hits, filled, cost)


@contextmanager
def _instance(project: Project, name: str, tenants: int) -> Iterator[tuple[Instance, Record]]:
    """A cluster with so many registered tenants of its own."""
    folder = project.plain().runtime / "bench" / f"registry-{tenants}"
    try:
        with step(f"making a registry of {tenants} tenants", f"made a registry of {tenants} tenants"):
            registry.make(project, folder, tenants)
        with cluster.running(project, os.environ, {"MANY_MODELS_REGISTRY": f"file:{folder}"}, name) as started:
            yield started
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(instance: Instance, record: Record, capacity: int, moves: int) -> int:
    """Puts the capacity in force; returns the promotions a second that are allowed."""
    deployed: list[Mapping[str, Any]] = []

    def change(config: Mapping[str, Any]) -> Mapping[str, Any]:
        deployed.append(changed(config, capacity=capacity, moves=moves))
        return deployed[-1]

    cluster.redeploy(instance, record, os.environ, change)
    operator_status.wait_for_capacity(record, DEPLOYMENTS, capacity)
    return moves_of(deployed[-1])


def measure_hit_ratio(project: Project, record: Record, client: LoadClient, requests: int) -> HitRatio:
    trace = questions(traces.zipf(range(1, HIT_TENANTS + 1), HIT_EXPONENT, requests, _SEED))
    before, _ = operator_status.look(record)
    with progress(f"hit ratio: {requests} requests of {HIT_TENANTS} tenants"):
        replay = traces.replay(client, record.ports.http, trace, CONNECTIONS, keep=True)
    after = operator_status.wait_for_requests(record, before, replay.requests)
    with client.results.open() as lines:
        sent = traces.parse(lines)
    file = client.results.with_name("trace.csv")
    file.write_text(traces.csv(sent))
    with progress("hit ratio: simulating the same trace"):
        simulated = simulator.run(project, file, f"{DEPLOYMENTS}x{HIT_CAPACITY}")
    _tell_errors(replay.errors, replay.first_error)
    second_half = traces.hit_ratio(sent[len(sent) // 2 :])
    return HitRatio(replay, traces.hit_ratio(sent), second_half, before, after, simulated)


def fill(instance: Instance, record: Record, client: LoadClient, places: int, most_seconds: float) -> Fill:
    """Load until all places are taken or the time is over, in stretches, with a look at /status every 2 s."""
    pss_before = memory_bench.by_role(status.look(instance))
    before, _ = operator_status.look(record)
    replays: list[Sample] = []
    looks: list[Look] = []
    started = time.monotonic()
    with progress("filling") as shown, ThreadPoolExecutor(1) as asking:
        while True:
            numbers = traces.zipf(range(1, REGISTERED + 1), FILL_EXPONENT, _TRACE_REQUESTS, _SEED + len(replays))
            stretch = max(1.0, most_seconds / _FILL_STRETCHES)
            replay = partial(traces.replay, client, record.ports.http, questions(numbers), CONNECTIONS, stretch)
            running = asking.submit(replay)
            pause = threading.Event()
            while not running.done():
                pause.wait(min(_POLL_SECONDS, stretch / 2))
                looks.append(Look(time.monotonic() - started, *operator_status.look(record)))
                shown.text = f"filling: {looks[-1].placement.placed} of {places} places"
            replays.append(running.result())
            if looks[-1].placement.placed >= places or time.monotonic() - started >= most_seconds:
                break
    full = next((look.seconds for look in looks if look.placement.placed >= places), looks[-1].seconds)
    until_full = [look for look in looks if look.seconds <= full]
    _tell_errors(sum(r.errors for r in replays), next((r.first_error for r in replays if r.errors), ""))
    return Fill(
        places,
        full,
        sum(r.requests for r in replays),
        sum(r.errors for r in replays),
        next((r.first_error for r in replays if r.errors), ""),
        before,
        until_full,
        [operator_status.look(record)[1] for _ in range(_STATUS_CALLS)],
        {role: memory_bench.mib(pss) for role, pss in pss_before.items()},
        {role: memory_bench.mib(pss) for role, pss in memory_bench.by_role(status.look(instance)).items()},
    )


def _warm_few(record: Record, client: LoadClient, requests: int, most_seconds: float) -> None:
    """Places the few tenants, and warms their cluster up by as many requests as the other one has answered."""
    trace = questions(range(1, FEW + 1))
    stretch = max(1.0, most_seconds / _FILL_STRETCHES)
    answered = 0
    started = time.monotonic()
    with progress(f"placing {FEW} tenants") as shown:
        while answered < requests and time.monotonic() - started < most_seconds:
            answered += traces.replay(client, record.ports.http, trace, CONNECTIONS, stretch).requests
            shown.text = f"placing {FEW} tenants and warming up: {answered} of {requests} requests"
    if len(placed(record)) != FEW:
        raise LauncherError(f"only {len(placed(record))} of {FEW} tenants were placed")


def placed(record: Record) -> list[int]:
    """The numbers of the bench's own tenants that are placed now, ascending."""
    found = local_http.call("GET", f"{record.ports.base_url}/deployment_map").json()
    names = found["deployment_map"] if isinstance(found, dict) else {}
    head, _, _ = registry.tenant(0).partition("-")
    return sorted(int(name.removeprefix(f"{head}-")) for name in names if name.startswith(f"{head}-"))


def _tell_errors(errors: int, first: str) -> None:
    if errors:
        say(f"{errors} wrong answers, the first: {first}")
