"""`compare`: this checkout beside another one, on two clusters that take turns, as ratios of neighbouring samples."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import threading
import time
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
from measuring.report import table

THIS = "this checkout"
OTHER = "the other"
TOLERANCE = 0.03
"""By how much this checkout may be worse."""
_FREE_PORTS = ("--http-port", "0", "--dashboard-port", "0", "--gcs-port", "0", "--direct-port", "0")
_SETTLE_SECONDS = 0.3
_IDLE_SECONDS = 10
_ONE_END_OF = 40
"""An interval of 95 % leaves out one part of 40 at each end."""


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
    """Two neighbouring samples, with the CPU seconds that each cluster took for its own beyond those of idle."""

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


@dataclass(frozen=True)
class Estimate:
    """A median with the interval that holds the true one with a probability of 95 %."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Estimate:
        """By order statistics, which ask for no distribution (Conover, Practical Nonparametric Statistics, 3.2)."""
        ordered = sorted(values)
        count = len(ordered)
        left_out, beyond = 0, 1 + count
        while beyond * _ONE_END_OF <= 2**count:
            left_out += 1
            beyond += math.comb(count, left_out + 1)
        return cls(statistics.median(ordered), ordered[left_out], ordered[count - 1 - left_out])

    def within(self, bound: float) -> str:
        if self.high <= bound:
            return "yes"
        return "**no**" if self.low > bound else "not shown"

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.2f} to {self.high:.2f})"


@dataclass
class Result:
    effort: Effort
    pairs: dict[Way, list[Pair]] = field(default_factory=dict)
    idle: dict[str, float] = field(default_factory=dict)
    """CPUs that each cluster keeps busy when nobody asks."""

    def estimate(self, of: Callable[[Pair], float], way: Way | None = None) -> Estimate:
        """Of one way, or of all."""
        return Estimate.of([of(pair) for each, pairs in self.pairs.items() if way in (None, each) for pair in pairs])

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
    # The demo's models as well, whatever the other one serves by itself.
    env = cluster.without_settings(os.environ) | {"MANY_MODELS_REGISTRY": (other.root / "models").as_uri()}
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
    cluster.pin_all(record.ports.base_url, PINS)
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
        shown.text = "measuring idle"
        idle = _idle(sides)
        result.idle = {side.name: idle.share(side.name) for side in sides}
        for number in range(effort.rounds):
            for way in WAYS:
                shown.text = f"round {number + 1} of {effort.rounds}: {way.title}, c={way.connections}"
                # The order changes, so that a drift of the machine falls on both.
                order = sides if number % 2 == 0 else list(reversed(sides))
                seen = {side.name: _sample(client, side, way, effort.seconds, idle) for side in order}
                (this, this_cpu), (other, other_cpu) = seen[THIS], seen[OTHER]
                result.pairs.setdefault(way, []).append(Pair(this, other, this_cpu, other_cpu))
    if result.errors():
        say(f"{result.errors()} wrong answers")
    return result


def _idle(sides: Sequence[Side]) -> cpu.Used:
    """Of each cluster, by its name."""
    idle = cpu.Used()
    roles = {pid: side.name for side in sides for pid in side.pids}
    before = cpu.read(list(roles))
    started = time.monotonic()
    threading.Event().wait(_IDLE_SECONDS)
    idle.add(roles, before, cpu.read(list(roles)), time.monotonic() - started, 0)
    return idle


def _sample(client: LoadClient, side: Side, way: Way, seconds: float, idle: cpu.Used) -> tuple[Sample, float]:
    """The sample, with the CPU seconds that the cluster took for it."""
    _send(client, side, way, _SETTLE_SECONDS)
    used = cpu.Used()
    before = cpu.read(side.pids)
    started = time.monotonic()
    sample = _send(client, side, way, seconds)
    after = cpu.read(side.pids)
    used.add(dict.fromkeys(side.pids, side.name), before, after, time.monotonic() - started, sample.requests)
    return sample, used.by_role[side.name] - idle.share(side.name) * used.seconds


def _send(client: LoadClient, side: Side, way: Way, seconds: float) -> Sample:
    answer = side.answers[way.tenant].decode()
    question = Question(way.tenant, "POST", "/score", score_body(way.tenant).decode(), answer)
    asked = client.prepare(f"compare-{way.tenant}", [question])
    return client.send(side.port(way), asked, way.connections, seconds=seconds)


def text(result: Result, about: str, against: str) -> str:
    def row(way: Way) -> list[str]:
        used = result.estimate(Pair.cpu, way)
        cells = [str(result.estimate(Pair.rate, way)), str(used)]
        cells += [f"{result.estimate(of, way).median:.2f}" for of in (Pair.p50, Pair.p99)]
        return [f"{way.title}, c={way.connections}", *cells, used.within(1 + TOLERANCE)]

    idle = ", ".join(f"{name} {cpus:.3f}" for name, cpus in result.idle.items())
    head = ["way", "requests/s", "CPU a request", "p50", "p99", f"CPU within {TOLERANCE:.0%}"]
    overall = result.estimate(Pair.cpu)
    return "\n\n".join(
        [
            "## Compare",
            f"{about}\n- against: {against}",
            f"- {result.effort.rounds} rounds of {result.effort.seconds:g} s a way and cluster, the two in turn, after"
            f" {result.effort.warm_up_seconds:g} s of warm-up a cluster; each figure is the median of the ratios (this"
            " checkout / the other) of neighbouring samples, in brackets the interval that holds the true median with"
            f" a probability of 95 %; wrong answers: {result.errors()}"
            f"\n- CPUs of a cluster when nobody asks, which do not count as a request's: {idle}",
            table(head, [row(way) for way in result.pairs]),
            f"All ways together: requests/s {result.estimate(Pair.rate)}, CPU a request {overall}, within"
            f" {TOLERANCE:.0%}: {overall.within(1 + TOLERANCE)}.",
        ]
    )
