"""`compare`: this checkout beside another one, on two clusters that take turns, as ratios of neighbouring samples."""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from launcher.cluster import serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import progress, say, step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, cpu, java, load
from measuring.http_bench import HOT_TENANT, OVERFLOW_TENANT, PINS, Effort, right_answer, score_body
from measuring.load import LoadClient, Question, Sample
from measuring.report import table, verdict

THIS = "this checkout"
OTHER = "the other"
TOLERANCE = 0.03
"""By how much this checkout may be worse."""
_FREE_PORTS = ("--http-port", "0", "--dashboard-port", "0", "--gcs-port", "0", "--direct-port", "0")
_SETTLE_SECONDS = 0.3


@dataclass(frozen=True)
class Way:
    """A way to an answer, with how many connections."""

    title: str
    connections: int
    through_proxy: bool
    tenant: str
    deployment: str


WAYS = (
    *(Way("direct, hot", c, False, HOT_TENANT, "Deployment1") for c in (1, 8, 32)),
    *(Way("direct, overflow", c, False, OVERFLOW_TENANT, "Deploymentx") for c in (1, 8, 32)),
    *(Way("proxy, hot", c, True, HOT_TENANT, "Deployment1") for c in (1, 8)),
    *(Way("proxy, overflow", c, True, OVERFLOW_TENANT, "Deploymentx") for c in (1, 8)),
)


@dataclass(frozen=True)
class Side:
    """One of the two clusters."""

    name: str
    record: Record
    pids: Sequence[int]
    answers: Mapping[str, bytes]

    def port(self, way: Way) -> int:
        return self.record.ports.http if way.through_proxy else cluster.direct_port(self.record)


@dataclass(frozen=True)
class Pair:
    """Two neighbouring samples, with the CPU seconds that each cluster took for its own."""

    this: Sample
    other: Sample
    this_cpu: float
    other_cpu: float

    def rate(self) -> float:
        return self.this.rate / self.other.rate

    def p50(self) -> float:
        return self.this.p50_us / self.other.p50_us

    def p99(self) -> float:
        return self.this.p99_us / self.other.p99_us

    def cpu(self) -> float:
        """CPU time of all processes of a cluster, a request."""
        return (self.this_cpu / self.this.requests) / (self.other_cpu / self.other.requests)


@dataclass
class Result:
    effort: Effort
    pairs: dict[Way, list[Pair]] = field(default_factory=dict)

    def median(self, way: Way, of: Callable[[Pair], float]) -> float:
        return statistics.median(of(pair) for pair in self.pairs[way])

    def errors(self) -> int:
        return sum(pair.this.errors + pair.other.errors for pairs in self.pairs.values() for pair in pairs)


def run(project: Project, effort: Effort, against: Path) -> Result:
    """`against` is the folder of the other checkout, in which `./many-models setup` works."""
    other = Project(against.resolve())
    if not (other.root / "many-models").is_file() or other.root == project.root:
        raise LauncherError(f"--against {against}: expected the folder of another checkout of this project")
    classes = java.compiled(project)
    settings = {cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT}
    with (
        _running_other(other) as (other_instance, other_record),
        cluster.running(project, os.environ, settings) as (instance, record),
        load.running(classes) as client,
    ):
        sides = (
            _side(THIS, project, instance, record),
            _side(OTHER, other, other_instance, other_record),
        )
        return measure(client, sides, effort)


@contextmanager
def _running_other(other: Project) -> Iterator[tuple[Instance, Record]]:
    """Brought up by its own launcher, which knows what its code needs."""
    instance = Instance(other, cluster.INSTANCE)
    words = ["--instance", cluster.INSTANCE]
    command = str(other.root / "many-models")
    env = cluster.without_settings(os.environ)
    try:
        with step("starting the other checkout", "started the other checkout"):
            _launch([command, "up", *words, *_FREE_PORTS], env)
        record = instance.read()
        if record is None:
            raise LauncherError(f"{other.root}: its launcher writes another kind of record")
        yield instance, record
    finally:
        _launch([command, "down", *words, "--forget"], env)


def _launch(command: Sequence[str], env: Mapping[str, str]) -> None:
    result = subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise LauncherError(f"{' '.join(command[:2])} failed: {result.stderr.strip()[-300:]}")


def _side(name: str, project: Project, instance: Instance, record: Record) -> Side:
    """With a pin in every place, so that nobody moves."""
    cluster.pin_all(record, PINS)
    answers = {
        tenant: right_answer(project, record, tenant, deployment)
        for tenant, deployment in {(way.tenant, way.deployment) for way in WAYS}
    }
    pids = list(cpu.roles_of(Cluster(instance).processes(), serve_api.applications(record.ports.dashboard_url)))
    return Side(name, record, pids, answers)


def measure(client: LoadClient, sides: Sequence[Side], effort: Effort) -> Result:
    """Warms every way up, then takes rounds in which the two clusters take turns at each way."""
    result = Result(effort)
    with progress("warming up") as shown:
        for way in WAYS:
            for side in sides:
                _send(client, side, way, effort.warm_up_seconds / len(WAYS))
        for number in range(effort.rounds):
            for way in WAYS:
                shown.text = f"round {number + 1} of {effort.rounds}: {way.title}, c={way.connections}"
                # The order changes, so that a drift of the machine falls on both.
                order = sides if number % 2 == 0 else list(reversed(sides))
                seen = {side.name: _sample(client, side, way, effort.seconds) for side in order}
                (this, this_cpu), (other, other_cpu) = seen[THIS], seen[OTHER]
                result.pairs.setdefault(way, []).append(Pair(this, other, this_cpu, other_cpu))
    if result.errors():
        say(f"{result.errors()} wrong answers")
    return result


def _sample(client: LoadClient, side: Side, way: Way, seconds: float) -> tuple[Sample, float]:
    _send(client, side, way, _SETTLE_SECONDS)
    before = cpu.read(side.pids)
    sample = _send(client, side, way, seconds)
    after = cpu.read(side.pids)
    used = sum(after.by_pid[pid] - before.by_pid[pid] for pid in before.by_pid.keys() & after.by_pid.keys())
    return sample, used


def _send(client: LoadClient, side: Side, way: Way, seconds: float) -> Sample:
    answer = side.answers[way.tenant].decode()
    question = Question(way.tenant, "POST", "/score", score_body(way.tenant).decode(), answer)
    asked = client.prepare(f"compare-{way.tenant}", [question])
    return client.send(side.port(way), asked, way.connections, seconds=seconds)


def text(result: Result, about: str, against: str) -> str:
    def row(way: Way) -> list[str]:
        rates = [pair.rate() for pair in result.pairs[way]]
        rate, used = result.median(way, Pair.rate), result.median(way, Pair.cpu)
        cells = [f"{rate:.3f}", f"{min(rates):.2f} to {max(rates):.2f}", f"{used:.3f}"]
        cells += [f"{result.median(way, of):.2f}" for of in (Pair.p50, Pair.p99)]
        reached = verdict(used, f"<= {1 + TOLERANCE}")
        return [f"{way.title}, c={way.connections}", *cells, reached]

    def overall(of: Callable[[Pair], float]) -> float:
        return statistics.median(of(pair) for pairs in result.pairs.values() for pair in pairs)

    head = ["way", "requests/s", "of all rounds", "CPU a request", "p50", "p99", f"CPU within {TOLERANCE:.0%}"]
    return "\n\n".join(
        [
            "## Compare",
            f"{about}\n- against: {against}",
            f"- {result.effort.rounds} rounds of {result.effort.seconds:g} s a way and cluster, the two in turn;"
            f" each figure is the median of the ratios (this checkout / the other) of neighbouring samples;"
            f" wrong answers: {result.errors()}",
            table(head, [row(way) for way in result.pairs]),
            f"All ways together: requests/s {overall(Pair.rate):.3f}, CPU a request {overall(Pair.cpu):.3f}.",
        ]
    )
