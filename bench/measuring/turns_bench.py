"""`turns`: what a tenant notices of one beside it that asks without end, and of one whose model is slow."""

from __future__ import annotations

import hashlib
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from launcher import local_http
from launcher.console import progress
from launcher.project import Project
from measuring import cluster, fleet, java, load, placed_cluster, report
from measuring.http_bench import Effort
from measuring.load import Question, Sample

QUIET = 20
RATE = 200
CONNECTIONS = 16
BESIDE_CONNECTIONS = 8
TARGET = "<= 1.5"
NOISY = "a noisy tenant"
HEAVY = "a heavy model"
_HEAVY_TENANT = "heavy"
_HEAVY_SECONDS = 0.05
_MODEL = Path("src/test/resources/onnx/loop_of_row.onnx")
_FIRST_TURNS = 500
_TRIES = 3
_SETTLE_SECONDS = 0.5


@dataclass
class Result:
    """Of each round the quiet tenants undisturbed, and right after that beside the other one, by which it is."""

    effort: Effort
    turns: int = 0
    pairs: dict[str, list[tuple[Sample, Sample]]] = field(default_factory=dict)
    beside: dict[str, list[Sample]] = field(default_factory=dict)

    def ratio(self, which: str) -> float:
        return statistics.median(disturbed.p99_us / calm.p99_us for calm, disturbed in self.pairs[which])

    def errors(self) -> int:
        quiet = [sample for pairs in self.pairs.values() for pair in pairs for sample in pair]
        return sum(sample.errors + sample.unanswered for sample in quiet)


def run(project: Project, effort: Effort) -> Result:
    classes = java.compiled(project)
    result = Result(effort)
    settings = {cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT}
    with (
        placed_cluster.running(project, placed_cluster.PLACED, settings) as placed,
        load.running(classes, "quiet") as client,
        load.running(classes, "beside") as other,
        progress("warming up") as shown,
    ):
        port = cluster.direct_port(placed.record)
        publish(project.root / _MODEL, placed.registry / _HEAVY_TENANT)
        result.turns, heavy = calibrated(placed.record.ports.base_url)
        quiet = client.prepare("quiet", [fleet.score(number, 1) for number in range(1, QUIET + 1)])
        loads = {
            NOISY: other.prepare("noisy", [fleet.score(QUIET + 1, 1)]),
            HEAVY: other.prepare("heavy", [heavy]),
        }
        client.send(port, quiet, CONNECTIONS, seconds=effort.warm_up_seconds)
        with ThreadPoolExecutor(1, "beside") as asking:
            for number in range(1, effort.rounds + 1):
                for which, beside in loads.items():
                    shown.text = f"round {number} of {effort.rounds}: {which}"
                    calm = client.send(port, quiet, CONNECTIONS, seconds=effort.seconds, rate=RATE)
                    seconds = effort.seconds + 2 * _SETTLE_SECONDS
                    going = asking.submit(other.send, port, beside, BESIDE_CONNECTIONS, seconds=seconds)
                    client.send(port, quiet, CONNECTIONS, seconds=_SETTLE_SECONDS, rate=RATE)
                    disturbed = client.send(port, quiet, CONNECTIONS, seconds=effort.seconds, rate=RATE)
                    result.pairs.setdefault(which, []).append((calm, disturbed))
                    result.beside.setdefault(which, []).append(going.result())
    return result


def publish(model: Path, tenant: Path) -> None:
    """A model that takes as many turns of a loop as its row says, and answers twice as many."""
    content = model.read_bytes()
    version = tenant / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(content)
    metadata = {
        "tenant": tenant.name,
        "version": 1,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "created": "2026-11-30T00:00:00Z",
        "format": "onnx",
    }
    (version / "metadata.json").write_text(json.dumps(metadata))
    (tenant / "live").write_text("1")


def calibrated(url: str) -> tuple[int, Question]:
    """As many turns as take a twentieth of a second, and the request with its answer."""
    turns = _FIRST_TURNS
    while True:
        body = {"tenant": _HEAVY_TENANT, "data": [[float(turns)]]}
        took = []
        for _ in range(_TRIES):
            begun = time.monotonic()
            answer = local_http.call("POST", f"{url}/score", body).text
            took.append(time.monotonic() - begun)
        if min(took) >= _HEAVY_SECONDS:
            tail = answer[answer.index('","model"') :]
            return turns, Question(_HEAVY_TENANT, "POST", "/score", json.dumps(body), '{"deployment":"', tail)
        turns *= 2


def text(result: Result, about: str) -> str:
    effort = result.effort
    rows = [
        [which, f"{result.ratio(which):.2f}", TARGET, report.verdict(result.ratio(which), TARGET)]
        for which in result.pairs
    ]
    return "\n\n".join(
        [
            "## Turns",
            about,
            f"- {QUIET} placed tenants with {RATE} requests/s in all, open loop; beside them one of:\n"
            f"  - {NOISY}: placed, {BESIDE_CONNECTIONS} connections, closed loop\n"
            f"  - {HEAVY}: in Deploymentx, {result.turns:,} turns of a loop a request, likewise\n"
            f"- {effort.rounds} rounds of {effort.seconds:g} s, each right after as long without the other; medians of"
            f" the rounds' ratios; wrong or missing answers of the quiet ones: {result.errors()}",
            report.table(["p99 of the others beside", "relative to undisturbed", "target", "reached"], rows),
            report.table(
                ["the others", "p50 ms", "p90 ms", "p99 ms", "beside them, requests/s"],
                [row for which in result.pairs for row in rows_of(result, which)],
            ),
        ]
    )


def rows_of(result: Result, which: str) -> Sequence[Sequence[str]]:
    def cells(samples: Sequence[Sample]) -> list[str]:
        return [f"{statistics.median(map(of, samples)) / 1000:.2f}" for of in report.LATENCIES]

    calm, disturbed = zip(*result.pairs[which], strict=True)
    rate = f"{statistics.median(sample.rate for sample in result.beside[which]):.0f}"
    return [["undisturbed", *cells(calm), ""], [f"beside {which}", *cells(disturbed), rate]]
