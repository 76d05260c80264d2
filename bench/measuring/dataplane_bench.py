"""`dataplane`: the way of a request, direct and by the proxies, beside what Ray alone and one process alone can do."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.build.shipped import MEMORY_OPTIONS
from launcher.cluster.instance import Record
from launcher.console import progress, say
from launcher.one_process import prepare
from launcher.project import Project
from measuring import allocation, cluster, cpu, fleet, java, load, one_process, placed_cluster
from measuring.allocation import Allocated
from measuring.http_bench import BARE_PATH, ECHO, ECHO_ROUTE, Effort, Measured
from measuring.load import Load, LoadClient, Question, Sample
from measuring.placed_cluster import PLACED

CONNECTIONS = (1, 8, 32)
OPEN_CONNECTIONS = 48
"""Under max_in_flight of one Dispatcher: what waits does so in the client and counts from when it was due."""
HALF = 0.5
NOISY = 0.1
"""The share of the peak that many tenants ask for together, and that one more asks for by itself."""
QUIET_TENANTS = 100
HOT_DEPLOYMENTS = 2
"""As many as this machine has processors; `direct-all` asks for what all of them hold."""
REFUSALS_SHARE = 0.5
"""The share of the peak that one tenant asks for, which may have one request in flight in each Dispatcher."""
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
    alone: list[Sample] = field(default_factory=list)
    beside_noisy: list[Sample] = field(default_factory=list)
    noisy: list[Sample] = field(default_factory=list)
    noisy_rate: float = 0.0
    refusals: list[Sample] = field(default_factory=list)
    allocated: dict[str, Allocated] = field(default_factory=dict)

    def samples(self) -> Iterable[Sample]:
        for group in (self.measured.samples, self.cold, self.open):
            for samples in group.values():
                yield from samples
        yield from (*self.alone, *self.beside_noisy)

    def errors(self) -> int:
        return sum(sample.errors + sample.refused + sample.unanswered for sample in self.samples())

    def first_error(self) -> str:
        return next((sample.first_error for sample in self.samples() if sample.errors), "")


def seconds_of(effort: Effort) -> float:
    """A sample: there are many variants, and a request takes little time."""
    return effort.seconds / 2


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    prepare(project)
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
        one_process.placed(project, placed.registry, tenants) as alone,
        load.running(classes) as client,
        load.running(classes, "noisy") as noisy,
    ):
        ways = make_ways(client, placed.record, limit_server.port, alone.serve.port)
        roles = {**placed.roles(client.pid, noisy.pid), limit_server.pid: LIMIT, alone.pid: one_process.ROLE}
        result = measure(client, ways, effort, roles)
        measure_noisy(client, noisy, ways[0].port, result)
        placed.configure_dispatchers({"max_in_flight_per_tenant": 1})
        measure_refusals(client, ways[0].port, result)
    if result.errors():
        say(f"{result.errors()} wrong answers, the first: {result.first_error()}")
    return result


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


def make_ways(client: LoadClient, record: Record, limit_port: int, one_port: int) -> list[Way]:
    direct, proxy = cluster.direct_port(record), record.ports.http
    # Where Ray's own proxy is: what is compared with was made for it.
    python = cluster.python_proxy_port(record)
    hot_tenants = fleet.mixed_rows(hot_numbers())
    drawn = fleet.draws(PLACED, _EXPONENT, _DRAWS, _SEED)
    drawn_hot = fleet.draws(len(hot_tenants), _EXPONENT, _DRAWS, _SEED)

    def prepared(name: str, questions: Iterable[Question], sequence: Sequence[int] = drawn) -> Load:
        return client.prepare(name, questions, sequence)

    def scores(tenants: Iterable[tuple[int, int]]) -> list[Question]:
        return [fleet.score(number, rows) for number, rows in tenants]

    hot = prepared("hot", scores(hot_tenants), drawn_hot)
    everywhere = prepared("all", scores(fleet.mixed_rows(range(1, PLACED + 1))))
    overflow = prepared("overflow", scores(fleet.mixed_rows(range(PLACED + 1, 2 * PLACED + 1))))
    ways = [
        Way("direct-hot", "direct, hot", direct, hot),
        Way("direct-all", "direct, hot in ten deployments", direct, everywhere),
        Way("direct-overflow", "direct, overflow", direct, overflow),
        Way("proxy-hot", "proxy (HAProxy), hot", proxy, hot),
        Way("proxy-overflow", "proxy (HAProxy), overflow", proxy, overflow),
        Way("python-hot", "proxy (Python), hot", python, hot),
        Way("one-hot", "one process, hot", one_port, hot),
        Way("one-overflow", "one process, overflow", one_port, overflow),
        Way("limit", "in-process limit", limit_port, hot),
        Way(
            "multiplexed",
            "@serve.multiplexed",
            python,
            prepared("multiplexed", map(multiplexed, hot_tenants), drawn_hot),
        ),
        Way("echo", "bare Ray echo", python, prepared("echo", map(echo, hot_tenants), drawn_hot)),
    ]
    for count in REGISTERED:
        tenants = scores(fleet.mixed_rows(range(1, count + 1)))
        sequence = fleet.draws(count, _EXPONENT, _DRAWS, _SEED)
        ways.append(Way(f"of-{count}", f"direct, {count:,} tenants", direct, prepared(f"{count}", tenants, sequence)))
    for rows in ROWS:
        same = scores((number, rows) for number, _ in hot_tenants)
        title = f"direct, hot, {rows} row{'s' if rows > 1 else ''}"
        ways.append(Way(f"rows-{rows}", title, direct, prepared(f"rows{rows}", same, drawn_hot)))
    return ways


def hot_numbers() -> list[int]:
    """The numbers of the tenants that are placed in the first deployments."""
    return [n for n in range(1, PLACED + 1) if (n - 1) % placed_cluster.DEPLOYMENTS < HOT_DEPLOYMENTS]


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


def measure(client: LoadClient, ways: Sequence[Way], effort: Effort, roles: Mapping[int, str]) -> Result:
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
    return result


def measure_noisy(client: LoadClient, noisy: LoadClient, port: int, result: Result) -> None:
    """Many tenants alone, and beside one that asks for a hundred times the share of each; what that gets is its own."""
    seconds = 2 * seconds_of(result.effort)
    result.noisy_rate = NOISY * max(result.measured.rate("direct-all", connections) for connections in CONNECTIONS)
    quiet = client.prepare("quiet", [fleet.score(number, 1) for number in range(2, QUIET_TENANTS + 2)])
    one = noisy.prepare("one", [fleet.score(1, 1)])

    def ask(who: LoadClient, what: Load, how_long: float) -> Sample:
        return who.send(port, what, OPEN_CONNECTIONS, seconds=how_long, rate=result.noisy_rate)

    with progress("a noisy neighbour") as shown, ThreadPoolExecutor(1, "noisy") as beside:
        ask(noisy, one, _SETTLE_SECONDS)
        for number in range(1, result.effort.rounds + 1):
            shown.text = f"a noisy neighbour, round {number} of {result.effort.rounds}"
            result.alone.append(ask(client, quiet, seconds))
            noise = beside.submit(ask, noisy, one, seconds + 2 * _SETTLE_SECONDS)
            threading.Event().wait(_SETTLE_SECONDS)
            result.beside_noisy.append(ask(client, quiet, seconds))
            result.noisy.append(noise.result())


def measure_refusals(client: LoadClient, port: int, result: Result) -> None:
    """How soon one tenant is told that it has too many requests under way."""
    rate = REFUSALS_SHARE * result.measured.rate("direct-hot", max(CONNECTIONS))
    one = client.prepare("refused", [fleet.score(1, 1)])
    with progress("refusals"):
        for _ in range(result.effort.rounds):
            sample = client.send(port, one, OPEN_CONNECTIONS, seconds=seconds_of(result.effort), rate=rate)
            result.refusals.append(sample)


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
