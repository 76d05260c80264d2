"""`protocols`: the doors for other servers' clients beside /score, and beside MLServer, all in one run."""

from __future__ import annotations

import base64
import json
import os
import shutil
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from launcher.cluster import environment, ports
from launcher.cluster.registry import VARIABLE as REGISTRY_VARIABLE
from launcher.console import progress
from launcher.errors import LauncherError
from launcher.one_process import OneProcess, Serve, prepare, running
from launcher.project import Project
from measuring import cluster, cpu, java, libraries, load, one_process, peer_server, registry, report, v2_bodies
from measuring.http_bench import Effort
from measuring.load import LoadClient, Question, Sample
from measuring.transport_bench import compiled_callers

CONNECTIONS = 8
TENANT = "sums"
WIDTH = 20
MANY_ROWS = 1_000
INFER = f"/v2/models/{TENANT}/infer"
GRPC_INFER = "inference.GRPCInferenceService/ModelInfer"
_GRPC_MAIN = "io.manymodels.calls.GrpcLoad"
_SETTLE_SECONDS = 0.3
_ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Way:
    """How to ask, and which process answers. `ask` takes seconds."""

    key: str
    title: str
    ask: Callable[[float], Sample]
    pids: Sequence[int]
    rows: int = 1


@dataclass
class Result:
    effort: Effort
    ways: Sequence[Way]
    peer: str
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    cluster: Result | None = None

    def ratio(self, key: str, to: str) -> float:
        """The median of the rounds' ratios of requests/s."""
        pairs = zip(self.samples[key], self.samples[to], strict=True)
        return statistics.median(mine.rate / theirs.rate for mine, theirs in pairs)

    def errors(self) -> int:
        return sum(sample.errors for samples in self.samples.values() for sample in samples)


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    prepare(project)
    jars = libraries.of(project, "transport")
    callers = compiled_callers(classes, jars)
    folder = project.plain().runtime / "bench" / "registry-protocols"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        registry.publish(folder / TENANT, TENANT, registry.sums(WIDTH))
        grpc_line = classes.command(_GRPC_MAIN, libraries=[callers, *jars])
        with (
            _served(project, folder) as (process, grpc_port),
            peer_server.running(project, folder / TENANT / "1" / "model.onnx", TENANT) as peer,
            load.running(classes) as client,
            java.conversation(grpc_line, "gRPC load") as grpc,
        ):
            ways = [
                *_http_ways(client, [process.pid], process.serve.port),
                _grpc_way("grpc", "gRPC", grpc, [process.pid], grpc_port),
            ]
            question = _question("peer", peer.port, INFER, v2_bodies.as_json(_rows(1)), ())
            ways.append(_http_way(client, "mlserver", f"{peer.name}: V2 REST, JSON", peer.pids, peer.port, question))
            ways.append(_grpc_way("mlserver-grpc", f"{peer.name}: gRPC", grpc, peer.pids, peer.grpc_port))
            result = _measured(effort, ways, peer.name)
        with (
            _clustered(project, folder) as (port, grpc_port),
            load.running(classes) as client,
            java.conversation(grpc_line, "gRPC load") as grpc,
        ):
            ways = [*_http_ways(client, [], port), _grpc_way("grpc", "gRPC", grpc, [], grpc_port)]
            result.cluster = _measured(effort, ways, peer.name)
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(project: Project, models: Path) -> Iterator[tuple[OneProcess, int]]:
    """The one process, with the port for gRPC. The model's place is pinned, for answers name it."""
    with one_process.folder() as files:
        port = ports.pick()
        settings = {"MANY_MODELS_GRPC_PORT": str(port)}
        serve = Serve(models, files / "state", ports.pick(), None, settings)
        with running(project, serve, files / "serve.log") as process:
            cluster.pin_all(process.serve.url, {TENANT: "deployment1"})
            yield process, port


@contextmanager
def _clustered(project: Project, models: Path) -> Iterator[tuple[int, int]]:
    """A cluster: the direct port of its Dispatchers, and that for gRPC."""
    settings = {
        REGISTRY_VARIABLE: models.as_uri(),
        cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT,
        environment.GRPC_PORT: cluster.ANY_PORT,
    }
    with cluster.running(project, os.environ, settings) as (_, record):
        cluster.pin_all(record.ports.base_url, {TENANT: "deployment1"})
        direct, grpc = (
            int(str(each).rpartition(":")[2]) for each in (record.ports.direct_url, record.ports.grpc_address)
        )
        yield direct, grpc


def _rows(count: int) -> list[list[float]]:
    """The same ones in each run."""
    return [[((row * 7 + column * 3) % 23) / 4 for column in range(WIDTH)] for row in range(count)]


def _http_ways(client: LoadClient, pids: Sequence[int], port: int) -> list[Way]:
    """Every kind of request to the one process."""
    score = json.dumps({"tenant": TENANT, "data": _rows(1)})
    many_score = json.dumps({"tenant": TENANT, "data": _rows(MANY_ROWS)})
    binary, headers = v2_bodies.as_bytes(_rows(MANY_ROWS))
    asked: list[tuple[str, str, str, str | bytes, tuple[str, ...], int]] = [
        ("score", "/score", "/score", score, (), 1),
        ("v2", "V2 REST, JSON", INFER, v2_bodies.as_json(_rows(1)), (), 1),
        ("score-many", f"/score, {MANY_ROWS:,} rows", "/score", many_score, (), MANY_ROWS),
        ("v2-many", f"V2 REST, JSON, {MANY_ROWS:,} rows", INFER, v2_bodies.as_json(_rows(MANY_ROWS)), (), MANY_ROWS),
        ("v2-binary", f"V2 REST, binary, {MANY_ROWS:,} rows", INFER, binary, headers, MANY_ROWS),
    ]
    ways = []
    for key, title, path, body, more, rows in asked:
        question = _question(key, port, path, body, more)
        ways.append(_http_way(client, key, title, pids, port, question, rows))
    return ways


def _question(key: str, port: int, path: str, body: str | bytes, headers: tuple[str, ...]) -> Question:
    """With the answer that the server gives now, which must be a prediction."""
    sent = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": "application/json"} | dict(header.split(": ", 1) for header in headers)
    with closing(HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)) as connection:
        connection.request("POST", path, sent, fields)
        answer = connection.getresponse()
        right = answer.read()
    if answer.status != HTTPStatus.OK:
        raise LauncherError(f"{key}: {answer.status} {right[:300]!r}")
    written = body if isinstance(body, str) else Question.written(body)
    return Question(key, "POST", path, written, Question.written(right), headers=headers)


def _http_way(
    client: LoadClient, key: str, title: str, pids: Sequence[int], port: int, question: Question, rows: int = 1
) -> Way:
    prepared = client.prepare(key, [question])
    return Way(key, title, lambda seconds: client.send(port, prepared, CONNECTIONS, seconds=seconds), pids, rows)


def _grpc_way(key: str, title: str, grpc: java.Conversation, pids: Sequence[int], port: int) -> Way:
    request = base64.b64encode(v2_bodies.as_message(TENANT, _rows(1))).decode()

    def ask(seconds: float) -> Sample:
        answer: Mapping[str, Any] = grpc.ask(port, CONNECTIONS, seconds, GRPC_INFER, request)
        return Sample(**answer)

    return Way(key, title, ask, pids)


def _measured(effort: Effort, ways: Sequence[Way], peer: str) -> Result:
    result = Result(effort, ways, peer)
    with progress("warming up") as shown:
        for way in ways:
            shown.text = f"warming up {way.key}"
            way.ask(effort.warm_up_seconds / 4)
        for number in range(1, effort.rounds + 1):
            for way in ways:
                shown.text = f"round {number} of {effort.rounds}: {way.key}"
                way.ask(_SETTLE_SECONDS)
                before = cpu.read(way.pids)
                sample = way.ask(effort.seconds / 2)
                after = cpu.read(way.pids)
                if sample.errors:
                    raise LauncherError(f"{way.title}: {sample.first_error}")
                result.samples.setdefault(way.key, []).append(sample)
                used = sum(after.by_pid[pid] - before.by_pid[pid] for pid in way.pids)
                result.cpu_us.setdefault(way.key, []).append(used / sample.requests * 1e6)
    return result


def text(result: Result, about: str) -> str:
    targets = [
        *_own_targets(result, "one process"),
        *([] if result.cluster is None else _own_targets(result.cluster, "cluster, direct ports")),
        (f"V2 REST, JSON / {result.peer}'s", result.ratio("v2", "mlserver"), ">= 5"),
        (f"gRPC / {result.peer}'s", result.ratio("grpc", "mlserver-grpc"), ">= 5"),
    ]
    effort = result.effort
    parts = [
        "## Protocols",
        about,
        f"- `serve`, {CONNECTIONS} connections, a model that adds the {WIDTH} numbers of a row; {effort.rounds} rounds"
        f" of {effort.seconds / 2:g} s, interleaved, after {effort.warm_up_seconds / 4:g} s of warm-up each; ratios are"
        f" medians of the rounds' ratios of requests/s; every answer checked, wrong or missing: {result.errors()}",
        f"- {result.peer}: installed by pip, with its defaults; the same file by ONNX Runtime for Python, one thread",
        report.table(
            ["what", "measured", "target", "reached"],
            [[what, f"{value:.3g}", bound, report.verdict(value, bound)] for what, value, bound in targets],
        ),
        report.table(
            ["way", "requests/s", "rows/s", "p50 ms", "p99 ms", "CPU us a request"],
            [_row(result, way) for way in result.ways]
            + [["cluster: " + row[0], *row[1:-1], ""] for row in _cluster_rows(result)],
        ),
    ]
    return "\n\n".join(parts)


def _cluster_rows(result: Result) -> list[list[str]]:
    return [] if result.cluster is None else [_row(result.cluster, way) for way in result.cluster.ways]


def _own_targets(result: Result, where: str) -> list[tuple[str, float, str]]:
    many = f"{MANY_ROWS:,} rows of {WIDTH}"
    return [
        (f"{where}: V2 REST, JSON / /score", result.ratio("v2", "score"), ">= 0.85"),
        (f"{where}: V2 REST, binary / /score, {many}", result.ratio("v2-binary", "score-many"), ">= 3"),
        (f"{where}: gRPC / /score", result.ratio("grpc", "score"), ">= 0.6"),
    ]


def _row(result: Result, way: Way) -> list[str]:
    samples = result.samples[way.key]
    rate = statistics.median(sample.rate for sample in samples)
    return [
        way.title,
        f"{rate:.0f}",
        f"{rate * way.rows:.0f}",
        f"{statistics.median(sample.p50_us for sample in samples) / 1000:.2f}",
        f"{statistics.median(sample.p99_us for sample in samples) / 1000:.2f}",
        f"{statistics.median(result.cpu_us[way.key]):.0f}",
    ]
