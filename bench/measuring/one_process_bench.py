"""`one-process`: start, memory, rates and latencies of `serve`, beside the in-process limit."""

from __future__ import annotations

import copy
import os
import shutil
import socket
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.build.shipped import MEMORY_OPTIONS
from launcher.cluster import ports, serve_config
from launcher.console import progress, say, step
from launcher.errors import LauncherError
from launcher.one_process import OneProcess, Serve, prepare
from launcher.project import Project
from measuring import cpu, fleet, java, load, one_process, report
from measuring.dataplane_bench import LIMIT, LIMIT_LOOPS, hot_numbers
from measuring.http_bench import Effort, Measured
from measuring.load import Load, LoadClient, Question, Sample
from measuring.placed_cluster import PLACED

CONNECTIONS = (1, 8, 32)
RATE = 1_000
"""Requests a second of the open loop: two thirds of the machine are idle."""
OPEN_CONNECTIONS = 48
MANY = 10_000
SMALL_MODELS = 1_000
_ONE = "one"
_DEMO_TENANT = "tenant1"
_DRAWS = 40_000
_EXPONENT = 1.0
_SEED = 11
_SETTLE_SECONDS = 0.3
_IDLE_SECONDS = 10.0
_QUIET_SECONDS = 3.0
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")
_FIRST_SECONDS = 30.0
_ROW = b'{"tenant":"%s","data":[[5.1,3.5,1.4,0.2]]}'


@dataclass
class Result:
    """`starts`: seconds until the first score, by title; memory in MiB."""

    effort: Effort
    measured: Measured = field(default_factory=Measured)
    open: dict[str, list[Sample]] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=dict)
    cold_cache: bool = True
    after_start_mib: float = 0.0
    with_models_mib: float = 0.0
    idle_cpus: float = 0.0

    def errors(self) -> int:
        samples = [s for group in (self.measured.samples, self.open) for each in group.values() for s in each]
        return sum(sample.errors + sample.unanswered for sample in samples)


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    prepare(project)
    result = Result(effort)
    registry = project.plain().runtime / "bench" / "registry-one"
    shutil.rmtree(registry, ignore_errors=True)
    try:
        with step(f"making a registry of {MANY} tenants", f"made a registry of {MANY} tenants"):
            fleet.make(project, registry, MANY)
        measure_starts(project, registry, result)
        measure_memory(project, registry, classes, result)
        measure_rates(project, registry, classes, result)
    finally:
        shutil.rmtree(registry, ignore_errors=True)
    if result.errors():
        say(f"{result.errors()} wrong or missing answers")
    return result


def measure_starts(project: Project, registry: Path, result: Result) -> None:
    """With the demo's models and with many tenants, each with nothing of the files in the system's cache."""
    for title, folder in (("30 demo models", project.models), (f"{MANY:,} registered", registry)):
        with progress(f"starts: {title}") as shown:
            for number in range(result.effort.rounds):
                shown.text = f"starts: {title}, {number + 1} of {result.effort.rounds}"
                result.cold_cache = drop_caches() and result.cold_cache
                result.starts.setdefault(title, []).append(first_score_seconds(project, folder))


def drop_caches() -> bool:
    """Takes root; else the files stay in the cache, and the report says so."""
    try:
        os.sync()
        _DROP_CACHES.write_text("3")
    except OSError:
        return False
    return True


def first_score_seconds(project: Project, registry: Path) -> float:
    """From the start of the JVM until the first score is answered."""
    with one_process.folder() as files:
        serve = Serve(registry, files / "state", ports.pick())
        process = OneProcess(project, serve, files / "serve.log")
        # Beside the start and not after it: `start` returns when the process says that it is ready.
        starting = threading.Thread(target=process.start, daemon=True)
        begun = time.monotonic()
        starting.start()
        try:
            while not scores(serve.port):
                if time.monotonic() - begun > _FIRST_SECONDS:
                    raise LauncherError(f"no score within {_FIRST_SECONDS:.0f} s: {process.last_lines()}")
            return time.monotonic() - begun
        finally:
            starting.join(_FIRST_SECONDS)
            process.close()


def scores(port: int) -> bool:
    """Whether one request is answered 200 now."""
    body = _ROW % _DEMO_TENANT.encode()
    head = f"POST /score HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(head.encode() + body)
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except ConnectionRefusedError:
        threading.Event().wait(0.002)
        return False


def measure_memory(project: Project, registry: Path, classes: java.BenchClasses, result: Result) -> None:
    """After a start, and when so many small models have been asked for."""
    config = roomy(serve_config.read(project.rayservice))
    with one_process.serving(project, registry, config) as process, load.running(classes) as client:
        threading.Event().wait(_QUIET_SECONDS)
        result.after_start_mib = one_process.pss_mib(process.pid)
        asked = client.prepare("small", [fleet.score(number, 1) for number in range(1, SMALL_MODELS + 1)])
        client.send(process.serve.port, asked, 8)
        threading.Event().wait(_QUIET_SECONDS)
        if one_process.loaded_models(process.serve.url) < SMALL_MODELS:
            raise LauncherError("not all models stayed loaded")
        result.with_models_mib = one_process.pss_mib(process.pid)


def roomy(config: Mapping[str, Any]) -> dict[str, Any]:
    """Room for the small models in Deploymentx; no deployment_map in the answers, which would differ."""
    made = copy.deepcopy(dict(config))
    changes = {
        "Dispatcher": {"deployment_map_limit": 0},
        "Deploymentx": {"capacity": 2 * SMALL_MODELS, "capacity_mib": 512},
    }
    for deployment in made["applications"][0]["deployments"]:
        deployment["user_config"] = {**deployment.get("user_config", {}), **changes.get(deployment["name"], {})}
    return made


def measure_rates(project: Project, registry: Path, classes: java.BenchClasses, result: Result) -> None:
    limit = classes.command("io.manymodels.http.LimitServer", str(PLACED), str(LIMIT_LOOPS), options=MEMORY_OPTIONS)
    effort = result.effort
    with (
        one_process.placed(project, registry, MANY) as process,
        java.server(limit, "limit server") as limit_server,
        load.running(classes) as client,
        progress("warming up") as shown,
    ):
        hot = hot_load(client)
        ways = ((_ONE, process.serve.port), (LIMIT, limit_server.port))
        roles = {process.pid: _ONE, limit_server.pid: LIMIT, client.pid: cpu.CLIENT, os.getpid(): cpu.CLIENT}
        for _, port in ways:
            client.send(port, hot, 8, seconds=effort.warm_up_seconds / 4)
        for number in range(1, effort.rounds + 1):
            for connections in CONNECTIONS:
                for key, port in ways:
                    shown.text = f"round {number} of {effort.rounds}, c={connections}: {key}"
                    _sample(client, key, port, hot, connections, effort.seconds / 2, roles, result)
            for key, port in ways:
                shown.text = f"round {number} of {effort.rounds}, {RATE}/s: {key}"
                client.send(port, hot, OPEN_CONNECTIONS, seconds=_SETTLE_SECONDS, rate=RATE)
                sample = client.send(port, hot, OPEN_CONNECTIONS, seconds=effort.seconds, rate=RATE)
                result.open.setdefault(key, []).append(sample)
        shown.text = "idle"
        before = cpu.read([process.pid])
        threading.Event().wait(_IDLE_SECONDS)
        after = cpu.read([process.pid])
        result.idle_cpus = (after.by_pid[process.pid] - before.by_pid[process.pid]) / _IDLE_SECONDS


def hot_load(client: LoadClient) -> Load:
    """The same as that of `dataplane`."""
    tenants = fleet.mixed_rows(hot_numbers())
    questions: Sequence[Question] = [fleet.score(number, rows) for number, rows in tenants]
    return client.prepare("hot", questions, fleet.draws(len(tenants), _EXPONENT, _DRAWS, _SEED))


def _sample(
    client: LoadClient,
    key: str,
    port: int,
    what: Load,
    connections: int,
    seconds: float,
    roles: dict[int, str],
    result: Result,
) -> None:
    client.send(port, what, connections, seconds=_SETTLE_SECONDS)
    before = cpu.read(list(roles))
    sample = client.send(port, what, connections, seconds=seconds)
    after = cpu.read(list(roles))
    measured = result.measured
    measured.samples.setdefault((key, connections), []).append(sample)
    measured.used.setdefault((key, connections), cpu.Used()).add(roles, before, after, sample.seconds, sample.requests)


def ratio(result: Result, connections: int) -> float:
    """The median of the rounds' ratios: what slows the machine down for a while slows down both."""
    one, limit = (result.measured.samples[key, connections] for key in (_ONE, LIMIT))
    return statistics.median(ours.rate / theirs.rate for ours, theirs in zip(one, limit, strict=True))


def p99_ratio(result: Result) -> float:
    pairs = zip(result.open[_ONE], result.open[LIMIT], strict=True)
    return statistics.median(ours.p99_us / theirs.p99_us for ours, theirs in pairs)


def cpu_us(result: Result, key: str, connections: int) -> float:
    used = result.measured.used[key, connections]
    return used.by_role.get(key, 0.0) / used.requests * 1e6


def text(result: Result, about: str) -> str:
    starts = {title: statistics.median(seconds) for title, seconds in result.starts.items()}
    demo, many = starts.values()
    targets = [
        ("start to first score, 30 demo models", demo, "<= 1.5", "s"),
        (f"start to first score, {MANY:,} registered", many, "<= 2.5", "s"),
        ("memory after start (PSS)", result.after_start_mib, "<= 150", "MiB"),
        (f"memory with {SMALL_MODELS:,} small models loaded (PSS)", result.with_models_mib, "<= 250", "MiB"),
        ("requests/s / in-process limit, c=1", ratio(result, 1), "", ""),
        ("requests/s / in-process limit, c=8", ratio(result, 8), ">= 0.6", ""),
        ("requests/s / in-process limit, c=32", ratio(result, 32), ">= 0.7", ""),
        (f"p99 at {RATE:,}/s / in-process limit", p99_ratio(result), "<= 2", ""),
        (
            "CPU a request / in-process limit, c=8",
            cpu_us(result, _ONE, 8) / cpu_us(result, LIMIT, 8),
            "<= 1.6",
            "",
        ),
        ("idle", result.idle_cpus, "<= 0.01", "CPUs"),
    ]
    rows = [
        [what, f"{value:.3g} {unit}".strip(), f"{bound} {unit}".strip() if bound else "", report.verdict(value, bound)]
        for what, value, bound, unit in targets
    ]
    effort = result.effort
    foreign = max(used.share(cpu.FOREIGN) for used in result.measured.used.values())
    parts = [
        "## One process",
        about,
        f"- {effort.rounds} rounds of {effort.seconds / 2:g} s, interleaved, after warm-up; medians of the rounds'"
        f" ratios; {MANY:,} registered tenants, {PLACED} of them placed; hot: as in the data plane; every answer"
        f" checked, wrong or missing: {result.errors()}",
        f"- starts with {'nothing' if result.cold_cache else '**everything**'} of the files in the system's cache",
    ]
    if foreign > report.QUIET_CPUS:
        parts.append(f"**Not a quiet machine:** other work took up to {foreign:.2f} CPUs meanwhile. Measure again.")
    parts += [
        report.table(["what", "measured", "target", "reached"], rows),
        report.table(
            ["", "connections", "requests/s", "p50 ms", "p90 ms", "p99 ms", "CPU us a request"],
            [
                row(result, key, title, c)
                for c in CONNECTIONS
                for key, title in ((_ONE, "one process"), (LIMIT, "limit"))
            ],
        ),
        report.table(
            [f"open loop, {RATE:,}/s", "p50 ms", "p90 ms", "p99 ms"],
            [
                [title, *(f"{statistics.median(map(of, result.open[key])) / 1000:.2f}" for of in report.LATENCIES)]
                for key, title in ((_ONE, "one process"), (LIMIT, "limit"))
            ],
        ),
    ]
    return "\n\n".join(parts)


def row(result: Result, key: str, title: str, connections: int) -> list[str]:
    samples = result.measured.samples[key, connections]
    latencies = [f"{statistics.median(map(of, samples)) / 1000:.2f}" for of in report.LATENCIES]
    rate = f"{result.measured.rate(key, connections):.0f}"
    return [title, str(connections), rate, *latencies, f"{cpu_us(result, key, connections):.1f}"]
