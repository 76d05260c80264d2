"""`transport`: a call from one JVM to another by Ray, gRPC and frames; and HTTP servers that a Dispatcher could use."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.build.shipped import MEMORY_OPTIONS
from launcher.cluster import serve_api
from launcher.cluster.instance import Record
from launcher.console import progress
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, cpu, fleet, java, libraries, load, report, stages
from measuring.http_bench import CALLS_ROUTE, ECHO, ECHO_ROUTE, Effort
from measuring.java import BenchClasses
from measuring.load import Question

AT_A_TIME = (1, 8, 32)
RAY = "ray"
CALLS = {
    RAY: "Ray actor call",
    "grpc": "gRPC",
    "framed": "bare frames on Netty",
    "own-port": "the transport, over its port",
    "own": "the transport, over its socket",
}
SERVERS = {"netty-http": "Netty's HTTP codec", "vertx-http": "Vert.x"}
CALLS_APPLICATION = "bench-calls"
_CALLER, _CALLEE = "caller", "callee"
_WARM_CALLS = 50_000
_MAX_RAY_CALLS = 20_000
_RAY_WARM_UP_CALLS = 500
_PACKAGE = "io.manymodels.calls"


@dataclass(frozen=True)
class Sample:
    """Calls or requests a second; microseconds. CPU of the two sides for each."""

    rate: float
    p50_us: float
    p99_us: float
    caller_us: float
    callee_us: float


Samples = dict[tuple[str, int], list[Sample]]


@dataclass
class Result:
    """By kind and how many are under way at a time."""

    effort: Effort
    frame_bytes: int
    calls: Samples = field(default_factory=dict)
    requests: Samples = field(default_factory=dict)
    foreign: cpu.Used = field(default_factory=cpu.Used)


def seconds_of(effort: Effort) -> float:
    return effort.seconds / 3


@dataclass(frozen=True)
class Peers:
    """How to make calls of one kind, and the processes of the two sides."""

    ask: Callable[[int, float], Mapping[str, Any]]
    caller_pid: int
    callee_pid: int


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    jars = libraries.of(project, "transport")
    own = compiled_callers(classes, jars)

    options = [*MEMORY_OPTIONS, f"-Dbench.token={classes.folder.parent / 'transport.token'}"]

    def command(main: str, *arguments: str) -> list[str]:
        return classes.command(f"{_PACKAGE}.{main}", *arguments, options=options, libraries=[own, *jars])

    result = Result(effort, int(classes.run(f"{_PACKAGE}.Frames", libraries=[own, *jars])))
    applications = [
        cluster.java_application(ECHO, ECHO_ROUTE, "io.manymodels.bench.Echo", 64),
        cluster.java_application(CALLS_APPLICATION, CALLS_ROUTE, "io.manymodels.deployment.RayCalls", 4),
    ]
    settings = {"MANY_MODELS_BARE_PREFIXES": CALLS_ROUTE}
    with (
        classes.lent_to_ray(),
        cluster.running(project, os.environ, settings) as (instance, record),
        ExitStack() as stack,
    ):
        cluster.deploy_beside(instance, record, os.environ, applications)
        peers = {RAY: ray_peers(record)}
        for kind in CALLS:
            if kind != RAY:
                server = stack.enter_context(java.server(command("Echoes", kind), f"{kind} server"))
                caller = stack.enter_context(java.conversation(command("Calls"), f"{kind} caller"))
                ask = _asking(caller, kind, server.port)
                peers[kind] = Peers(ask, caller.pid, server.pid)
        _rounds(peers, effort, result.calls, result.foreign)
    with ExitStack() as stack:
        client = stack.enter_context(load.running(classes))
        body = fleet.body(1, 1)
        echo = client.prepare("echo", [Question("echo", "POST", "/score", body, body)])
        peers = {}
        for kind in SERVERS:
            server = stack.enter_context(java.server(command("Echoes", kind), f"{kind} server"))
            peers[kind] = Peers(_requesting(client, server.port, echo), client.pid, server.pid)
        _rounds(peers, effort, result.requests, result.foreign)
    return result


def compiled_callers(classes: BenchClasses, jars: Sequence[Path]) -> Path:
    """The classes of the package `calls`, which need the libraries of `transport`."""
    project = classes.project
    folder = project.runtime / "bench" / java.CALLS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = os.pathsep.join(map(str, (classes.folder, project.jar, *jars)))
    mine = [source for source in java.sources(project) if source.parent.name == java.CALLS]
    java.compile_sources(classes.jdk, mine, path, folder)
    return folder


def ray_peers(record: Record) -> Peers:
    """The replica that calls, and the one that is called."""
    pids = {
        deployment.name: replica.pid
        for application in serve_api.applications(record.ports.dashboard_url)
        for deployment in application.deployments
        for replica in deployment.replicas
    }
    url = record.ports.base_url + CALLS_ROUTE
    rates: dict[int, float] = {}

    def ask(at_a_time: int, seconds: float) -> Mapping[str, Any]:
        wanted = round(rates.get(at_a_time, 0.0) * seconds)
        calls = min(_MAX_RAY_CALLS, max(_RAY_WARM_UP_CALLS, wanted))
        answer = stages.ask(url, f"{ECHO} Echo {calls} {fleet.tenant(1)} {at_a_time}")
        rates[at_a_time] = float(answer["rate"])
        return answer

    stages.until_known(url, f"{ECHO} Echo 1 {fleet.tenant(1)} 1")
    caller, callee = pids["RayCalls"], pids["Echo"]
    if caller is None or callee is None:
        raise LauncherError("Ray does not tell the process ids of the bench's replicas")
    return Peers(ask, caller, callee)


def _asking(caller: java.Conversation, kind: str, port: int) -> Callable[[int, float], Mapping[str, Any]]:
    return lambda at_a_time, seconds: caller.ask(kind, port, at_a_time, seconds)


def _requesting(client: load.LoadClient, port: int, echo: load.Load) -> Callable[[int, float], Mapping[str, Any]]:
    def ask(at_a_time: int, seconds: float) -> Mapping[str, Any]:
        sample = client.send(port, echo, at_a_time, seconds=seconds)
        return {"calls": sample.requests, **vars(sample)}

    return ask


def _rounds(peers: Mapping[str, Peers], effort: Effort, into: Samples, foreign: cpu.Used) -> None:
    """Warms all up, then takes rounds of one sample of each kind in turn."""
    seconds = seconds_of(effort)
    warm_up = max(0.2, effort.warm_up_seconds / 4 / len(AT_A_TIME))
    with progress("warming up") as shown:
        for at_a_time in (*AT_A_TIME, *AT_A_TIME):
            for peer in peers.values():
                peer.ask(at_a_time, warm_up / 2)
        for kind, peer in peers.items():
            shown.text = f"warming up {kind}"
            _call_often(peer, effort.warm_up_seconds / 3)
        for number in range(1, effort.rounds + 1):
            for at_a_time in AT_A_TIME:
                for kind, peer in peers.items():
                    shown.text = f"round {number} of {effort.rounds}, {at_a_time} at a time: {kind}"
                    into.setdefault((kind, at_a_time), []).append(_sample(peer, at_a_time, seconds, foreign))


def _call_often(peer: Peers, most_seconds: float) -> None:
    """What takes much code needs many calls until that is compiled."""
    deadline = time.monotonic() + most_seconds
    calls = 0
    while calls < _WARM_CALLS and time.monotonic() < deadline:
        calls += peer.ask(AT_A_TIME[-1], min(1.0, most_seconds))["calls"]


def _sample(peer: Peers, at_a_time: int, seconds: float, foreign: cpu.Used) -> Sample:
    roles = {peer.caller_pid: _CALLER, peer.callee_pid: _CALLEE}
    before, started = cpu.read(list(roles)), time.monotonic()
    answer = peer.ask(at_a_time, seconds)
    after, elapsed = cpu.read(list(roles)), time.monotonic() - started
    if answer["errors"]:
        raise LauncherError(f"{answer['errors']} calls did not come back as they were")
    used = cpu.Used()
    for one in (used, foreign):
        one.add(roles, before, after, elapsed, answer["calls"])
    each_us = {role: used.by_role[role] * 1e6 / answer["calls"] for role in roles.values()}
    return Sample(answer["rate"], answer["p50_us"], answer["p99_us"], each_us[_CALLER], each_us[_CALLEE])


def text(result: Result, about: str) -> str:
    effort = result.effort
    return "\n\n".join(
        [
            "## Transport",
            about,
            f"- {effort.rounds} rounds of {seconds_of(effort):g} s, interleaved, after warm-up; medians of the rounds,"
            " rates with their lowest and highest; all JVMs with the shipped options for memory; other work on the"
            f" machine and the rest of Ray took {result.foreign.share(cpu.FOREIGN):.2f} CPUs meanwhile",
            "### Calls from one JVM to another",
            f"A frame as a Dispatcher sends it for one row ({result.frame_bytes} bytes) is sent back as it is and"
            " compared. gRPC: one unary method of bytes, grpc-netty-shaded, direct executors, one channel. Frames:"
            " length and number of the call, one connection; what is ready together is written together. The transport"
            " as it is: the same with codec, token, deadlines, signs of life and futures, a connection for each event"
            " loop; a predictor that knows the answer.",
            table(result.calls, CALLS, "calls/s", "caller", "callee"),
            "### HTTP servers",
            f"POST of {len(fleet.body(1, 1))} bytes, sent back as they are, two event loops, epoll. Helidon 4 is not"
            " here: it needs Java 21, and this runs on 17.",
            table(result.requests, SERVERS, "requests/s", "client", "server"),
        ]
    )


def table(samples: Samples, titles: Mapping[str, str], rate: str, caller: str, callee: str) -> str:
    def median(key: tuple[str, int], of: Callable[[Sample], float]) -> float:
        return statistics.median(map(of, samples[key]))

    rows = []
    for at_a_time in AT_A_TIME:
        for kind, title in titles.items():
            key = (kind, at_a_time)
            rates = [sample.rate for sample in samples[key]]
            rows.append(
                [
                    f"{title}, {at_a_time} at a time",
                    f"{median(key, lambda s: s.rate):.0f}",
                    f"{min(rates):.0f} to {max(rates):.0f}",
                    f"{median(key, lambda s: s.p50_us):.0f}",
                    f"{median(key, lambda s: s.p99_us):.0f}",
                    f"{median(key, lambda s: s.caller_us):.1f}",
                    f"{median(key, lambda s: s.callee_us):.1f}",
                    f"{median(key, lambda s: s.caller_us + s.callee_us):.1f}",
                ]
            )
    head = ["", rate, "of all rounds", "p50 us", "p99 us", f"CPU us, {caller}", f"CPU us, {callee}", "CPU us, both"]
    return report.table(head, rows)
