"""What a request costs with many registered and placed tenants, beside a cluster with few."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from launcher.cluster import serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import progress
from measuring import cpu, registry, traces
from measuring.cpu import Used
from measuring.http_bench import Effort
from measuring.load import LoadClient, Sample

FEW, SAME, MANY = "few", "same", "many"
_REQUESTS = 20_000
_SETTLE_SECONDS = 0.5
_SEED = 7
OURS = ("Dispatcher", "SharedMemory", "Deployment")
"""How the roles of our replicas begin."""


@dataclass(frozen=True)
class Side:
    """A cluster and the numbers of its placed tenants."""

    instance: Instance
    record: Record
    placed: Sequence[int]


@dataclass
class Cost:
    """All samples, and what the CPUs did meanwhile; by variant. Idle by cluster: few or many."""

    few_placed: int
    many_placed: int
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    used: dict[str, Used] = field(default_factory=dict)
    idle: dict[str, Used] = field(default_factory=dict)

    def rate(self, key: str) -> float:
        return statistics.median(sample.rate for sample in self.samples[key])

    def p50_ms(self, key: str) -> float:
        return statistics.median(sample.p50_us for sample in self.samples[key]) / 1000

    def hit_ratio(self, key: str) -> float:
        requests = sum(sample.requests for sample in self.samples[key])
        return sum(sample.hits for sample in self.samples[key]) / requests if requests else 0.0

    def errors(self) -> int:
        return sum(sample.errors for samples in self.samples.values() for sample in samples)

    def cpu_ms(self, key: str, counts: Callable[[str], bool]) -> float:
        """A request, in the roles that count, without what they use when nobody asks."""
        used = self.used[key]
        busy = sum(seconds for role, seconds in used.by_role.items() if counts(role))
        busy -= self.idle_cpus(key, counts) * used.seconds
        return max(0.0, busy * 1000 / used.requests) if used.requests else 0.0

    def idle_cpus(self, key: str, counts: Callable[[str], bool]) -> float:
        idle = self.idle[FEW if key == FEW else MANY]
        return sum(idle.share(role) for role in idle.by_role if counts(role))


def is_ours(role: str) -> bool:
    """A replica of the application."""
    return role.startswith(OURS)


def is_served(role: str) -> bool:
    """Any process of the cluster."""
    return role not in (cpu.CLIENT, cpu.FOREIGN)


def compare(client: LoadClient, many: Side, few: Side, effort: Effort, connections: int, exponent: float) -> Cost:
    """Rounds of one sample of each variant in turn, so that what disturbs one disturbs all."""
    variants = {FEW: (few, few.placed), SAME: (many, few.placed), MANY: (many, many.placed)}
    roles = {FEW: _roles(few, client), MANY: _roles(many, client)}
    roles[SAME] = roles[MANY]
    drawn = {key: _trace(placed, exponent) for key, (_, placed) in variants.items()}
    cost = Cost(len(few.placed), len(many.placed))

    def sample(key: str, seconds: float) -> Sample:
        return traces.replay(client, variants[key][0].record.ports.http, drawn[key], connections, seconds)

    with progress("comparing the cost of a request") as shown:
        for key in variants:
            shown.text = f"cost of a request: warming up {key}"
            # Every model's first prediction, which costs more, is over before anything is measured.
            traces.replay(client, variants[key][0].record.ports.http, _once(variants[key][1]), connections)
            sample(key, max(_SETTLE_SECONDS, effort.warm_up_seconds / 2))
        shown.text = "cost of a request: measuring idle"
        before = {key: cpu.read(list(roles[key])) for key in (FEW, MANY)}
        started = time.monotonic()
        threading.Event().wait(2 * effort.seconds)
        for key in (FEW, MANY):
            idle = cost.idle.setdefault(key, Used())
            idle.add(roles[key], before[key], cpu.read(list(roles[key])), time.monotonic() - started, 0)
        for number in range(1, effort.rounds + 1):
            for key in variants:
                shown.text = f"cost of a request: round {number} of {effort.rounds}, {key}"
                sample(key, _SETTLE_SECONDS)
                reading = cpu.read(list(roles[key]))
                replay = sample(key, effort.seconds)
                used = cost.used.setdefault(key, Used())
                used.add(roles[key], reading, cpu.read(list(roles[key])), replay.seconds, replay.requests)
                cost.samples.setdefault(key, []).append(replay)
    return cost


def _once(placed: Sequence[int]) -> list[tuple[str, int]]:
    return [(registry.tenant(number), number) for number in placed]


def _trace(placed: Sequence[int], exponent: float) -> list[tuple[str, int]]:
    return [(registry.tenant(number), number) for number in traces.zipf(placed, exponent, _REQUESTS, _SEED)]


def _roles(side: Side, client: LoadClient) -> dict[int, str]:
    applications = serve_api.applications(side.record.ports.dashboard_url)
    known = cpu.roles_of(Cluster(side.instance).processes(), applications)
    return {**known, client.pid: cpu.CLIENT, os.getpid(): cpu.CLIENT}
