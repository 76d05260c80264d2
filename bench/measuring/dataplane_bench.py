"""`dataplane`: the way of a request, direct and by the proxy, beside what Ray alone and one process alone can do."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.console import progress, say
from launcher.environment import MEMORY_OPTIONS
from launcher.instance import Record
from launcher.project import Project
from measuring import allocation, cluster, cpu, fleet, java, load, placed_cluster
from measuring.allocation import Allocated
from measuring.http_bench import BARE_PATH, ECHO, ECHO_ROUTE, Effort, Measured
from measuring.load import Load, LoadClient, Question, Sample
from measuring.placed_cluster import PLACED, Placed

CONNECTIONS = (1, 8, 32)
OPEN_CONNECTIONS = 48
"""Under max_in_flight of one Dispatcher: what waits does so in the client and counts from when it was due."""
HALF = 0.5
REGISTERED = (100, 1_000, 10_000)
COLD = 100
"""Tenants that nobody has asked for before, for each way in each round."""
ROWS = (1, 4)
LIMIT = "Limit"
LIMIT_LOOPS = 2
MULTIPLEXED = "bench-multiplexed"
MULTIPLEXED_ROUTE = "/bench-multiplexed"
MULTIPLEXED_REPLICAS = 2
_MULTIPLEXED_ONGOING = 64
_EXPONENT = 1.0
_DRAWS = 40_000
_SETTLE_SECONDS = 0.3
_SEED = 11


@dataclass(frozen=True)
class Way:
    """A way to an answer, and what is asked on it."""

    key: str
    title: str
    port: int
    load: Load


@dataclass
class Result:
    """Samples and CPU by way and connections; cold and open-loop samples and what was allocated by way."""

    ways: Sequence[Way]
    effort: Effort
    measured: Measured = field(default_factory=Measured)
    cold: dict[str, list[Sample]] = field(default_factory=dict)
    open: dict[str, list[Sample]] = field(default_factory=dict)
    open_rate: float = 0.0
    allocated: dict[str, Allocated] = field(default_factory=dict)

    def samples(self) -> Iterable[Sample]:
        for group in (self.measured.samples, self.cold, self.open):
            for samples in group.values():
                yield from samples

    def errors(self) -> int:
        return sum(sample.errors + sample.unanswered for sample in self.samples())

    def first_error(self) -> str:
        return next((sample.first_error for sample in self.samples() if sample.errors), "")


def seconds_of(effort: Effort) -> float:
    """A sample: there are many variants, and a request takes little time."""
    return effort.seconds / 2


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    tenants = REGISTERED[-1] + 2 * COLD * effort.rounds
    limit = classes.command("io.manymodels.http.LimitServer", str(PLACED), str(LIMIT_LOOPS), options=MEMORY_OPTIONS)
    settings = {
        "MANY_MODELS_BARE_PREFIXES": f"{BARE_PATH},{MULTIPLEXED_ROUTE}",
        cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT,
    }
    with (
        classes.lent_to_ray(),
        placed_cluster.running(project, tenants, settings, lambda registry: beside(project, registry)) as placed,
        java.server(limit, "limit server") as limit_server,
        load.running(classes) as client,
    ):
        ways = make_ways(client, placed.record, limit_server.port)
        roles = {**placed.roles(client.pid), limit_server.pid: LIMIT}
        return measure(client, ways, placed, effort, roles)


def beside(project: Project, registry: Path) -> list[Mapping[str, Any]]:
    """The applications to compare with."""
    sources = [str(project.plain().python_sources), str(project.plain().root / "bench")]
    return [
        cluster.java_application(ECHO, ECHO_ROUTE, "io.manymodels.bench.Echo", 64),
        {
            "name": MULTIPLEXED,
            "route_prefix": MULTIPLEXED_ROUTE,
            "import_path": "measuring.multiplexed:build",
            "runtime_env": {"env_vars": {"PYTHONPATH": os.pathsep.join(sources)}},
            "args": {
                "registry": str(registry),
                "models": PLACED,
                "replicas": MULTIPLEXED_REPLICAS,
                "max_ongoing_requests": _MULTIPLEXED_ONGOING,
            },
        },
    ]


def make_ways(client: LoadClient, record: Record, limit_port: int) -> list[Way]:
    direct, proxy = cluster.direct_port(record), record.ports.http
    hot_tenants = fleet.mixed_rows(range(1, PLACED + 1))
    drawn = fleet.draws(PLACED, _EXPONENT, _DRAWS, _SEED)

    def prepared(name: str, questions: Iterable[Question], sequence: Sequence[int] = drawn) -> Load:
        return client.prepare(name, questions, sequence)

    def scores(tenants: Iterable[tuple[int, int]]) -> list[Question]:
        return [fleet.score(number, rows) for number, rows in tenants]

    hot = prepared("hot", scores(hot_tenants))
    overflow = prepared("overflow", scores(fleet.mixed_rows(range(PLACED + 1, 2 * PLACED + 1))))
    ways = [
        Way("direct-hot", "direct, hot", direct, hot),
        Way("direct-overflow", "direct, overflow", direct, overflow),
        Way("proxy-hot", "proxy, hot", proxy, hot),
        Way("proxy-overflow", "proxy, overflow", proxy, overflow),
        Way("limit", "in-process limit", limit_port, hot),
        Way("multiplexed", "@serve.multiplexed", proxy, prepared("multiplexed", map(multiplexed, hot_tenants))),
        Way("echo", "bare Ray echo", proxy, prepared("echo", map(echo, hot_tenants))),
    ]
    for count in REGISTERED:
        tenants = scores(fleet.mixed_rows(range(1, count + 1)))
        sequence = fleet.draws(count, _EXPONENT, _DRAWS, _SEED)
        ways.append(Way(f"of-{count}", f"direct, {count:,} tenants", direct, prepared(f"{count}", tenants, sequence)))
    for rows in ROWS:
        same = scores((number, rows) for number, _ in hot_tenants)
        title = f"direct, hot, {rows} row{'s' if rows > 1 else ''}"
        ways.append(Way(f"rows-{rows}", title, direct, prepared(f"rows{rows}", same)))
    return ways


def multiplexed(asked: tuple[int, int]) -> Question:
    number, rows = asked
    name = fleet.tenant(number)
    predictions = ",".join([str(fleet.answer(number))] * rows)
    answer = f'{{"deployment":"Multiplexed","model":"{name}","version":1,"prediction":[{predictions}]}}'
    header = f"serve_multiplexed_model_id: {name}"
    return Question(name, "POST", MULTIPLEXED_ROUTE, fleet.body(number, rows), answer, headers=(header,))


def echo(asked: tuple[int, int]) -> Question:
    number, rows = asked
    body = fleet.body(number, rows)
    return Question(fleet.tenant(number), "POST", BARE_PATH, body, body)


def is_measured(way: Way, connections: int) -> bool:
    """The comparisons of tenants and rows need one number of connections only."""
    return connections == 8 or not way.key.startswith(("of-", "rows-"))


def measure(
    client: LoadClient, ways: Sequence[Way], placed: Placed, effort: Effort, roles: Mapping[int, str]
) -> Result:
    """Warms every way up, then takes rounds of one sample of each variant in turn."""
    result = Result(ways, effort)
    measured = result.measured
    seconds = seconds_of(effort)
    by_key = {way.key: way for way in ways}
    with progress("warming up") as shown:
        _warm_up(client, ways, effort.warm_up_seconds / 4)
        shown.text = "measuring idle"
        before, started = cpu.read(list(roles)), time.monotonic()
        threading.Event().wait(2 * seconds)
        measured.idle.add(roles, before, cpu.read(list(roles)), time.monotonic() - started, 0)
        cold = _cold_tenants(effort.rounds)
        for number in range(1, effort.rounds + 1):
            for connections in CONNECTIONS:
                for way in ways:
                    if is_measured(way, connections):
                        shown.text = f"round {number} of {effort.rounds}, c={connections}: {way.title}"
                        _sample(client, way, connections, seconds, roles, result)
            for key in ("direct-hot", "proxy-hot"):
                shown.text = f"round {number} of {effort.rounds}: cold models, {by_key[key].title}"
                questions = [fleet.score(tenant, 1) for tenant in next(cold)]
                sample = client.send(by_key[key].port, client.prepare("cold", questions), 1)
                result.cold.setdefault(key, []).append(sample)
        result.open_rate = HALF * max(measured.rate("direct-hot", connections) for connections in CONNECTIONS)
        for number in range(1, effort.rounds + 1):
            for key in ("direct-hot", "limit"):
                shown.text = f"open loop, round {number} of {effort.rounds}: {by_key[key].title}"
                sample = _open(client, by_key[key], 2 * seconds, result.open_rate)
                result.open.setdefault(key, []).append(sample)
    if result.errors():
        say(f"{result.errors()} wrong answers, the first: {result.first_error()}")
    return result


def _warm_up(client: LoadClient, ways: Sequence[Way], seconds: float) -> None:
    for way in ways:
        if way.key.startswith("of-"):
            # Each model once, so that none is loaded while anything is measured.
            client.send(way.port, Load(way.load.questions, None), 8)
        short = way.key.startswith(("of-", "rows-"))
        client.send(way.port, way.load, 8, seconds=_SETTLE_SECONDS if short else max(_SETTLE_SECONDS, seconds))


def _sample(
    client: LoadClient, way: Way, connections: int, seconds: float, roles: Mapping[int, str], into: Result
) -> None:
    client.send(way.port, way.load, connections, seconds=_SETTLE_SECONDS)
    counters = allocation.folder()
    before, allocated = cpu.read(list(roles)), allocation.read(roles, counters)
    sample = client.send(way.port, way.load, connections, seconds=seconds)
    after, now_allocated = cpu.read(list(roles)), allocation.read(roles, counters)
    key = (way.key, connections)
    measured = into.measured
    measured.samples.setdefault(key, []).append(sample)
    measured.used.setdefault(key, cpu.Used()).add(roles, before, after, sample.seconds, sample.requests)
    into.allocated.setdefault(way.key, Allocated()).add(roles, allocated, now_allocated, sample.requests)


def _open(client: LoadClient, way: Way, seconds: float, rate: float) -> Sample:
    client.send(way.port, way.load, OPEN_CONNECTIONS, seconds=_SETTLE_SECONDS, rate=rate)
    return client.send(way.port, way.load, OPEN_CONNECTIONS, seconds=seconds, rate=rate)


def _cold_tenants(rounds: int) -> Iterator[range]:
    first = REGISTERED[-1] + 1
    return iter(range(start, start + COLD) for start in range(first, first + 2 * COLD * rounds, COLD))
