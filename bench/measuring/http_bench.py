"""`http`: the proxy alone, with the middleware, and the application behind them, side by side in one cluster."""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from launcher import local_http
from launcher.cluster import demo, serve_api, serve_config
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import progress, say
from launcher.errors import LauncherError
from launcher.one_process import prepare
from launcher.project import Project
from measuring import cluster, cpu, java, load, one_process, stages
from measuring.load import Sample, Variant, VariantClient

CONNECTIONS = (1, 8)
ECHO = "bench-echo"
ECHO_ROUTE = "/bench"
BARE_PATH = "/bench/bare"
WRAPPED_PATH = "/bench/wrapped"
CALLS_ROUTE = "/bench-calls"
HOT_TENANT = "tenant1"
OVERFLOW_TENANT = "tenant25"
"""A logistic regression like the hot tenant's, placed nowhere."""
PINS = {f"tenant{i}": f"deployment{i}" for i in range(1, 11)}
"""A pin in every place of the application as it is shipped."""
ROW = (5.1, 3.5, 1.4, 0.2)
_SETTLE_SECONDS = 0.5
_OVERFLOW = "Deploymentx"


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int
    seconds: float
    warm_up_seconds: float


@dataclass
class Measured:
    """All samples, and what the CPUs did meanwhile; both by variant and connections."""

    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=dict)
    used: dict[tuple[str, int], cpu.Used] = field(default_factory=dict)
    idle: cpu.Used = field(default_factory=cpu.Used)

    def median(self, key: str, connections: int, of: Callable[[Sample], float]) -> float:
        return statistics.median(of(sample) for sample in self.samples[key, connections])

    def rate(self, key: str, connections: int) -> float:
        return self.median(key, connections, lambda sample: sample.rate)

    def p50_us(self, key: str, connections: int) -> float:
        return self.median(key, connections, lambda sample: sample.p50_us)

    def errors(self) -> int:
        return sum(sample.errors for samples in self.samples.values() for sample in samples)


@dataclass(frozen=True)
class Result:
    variants: Sequence[Variant]
    measured: Measured
    stages: stages.Stages
    effort: Effort
    load_average: float


def run(project: Project, effort: Effort) -> Result:
    load_average = os.getloadavg()[0]
    classes = java.compiled(project)
    prepare(project)
    settings = {"MANY_MODELS_BARE_PREFIXES": f"{BARE_PATH},{CALLS_ROUTE}"}
    with classes.lent_to_ray(), cluster.running(project, os.environ, settings) as (instance, record):
        applications = [
            cluster.java_application(ECHO, ECHO_ROUTE, "io.manymodels.bench.Echo", 64),
            cluster.java_application("bench-calls", CALLS_ROUTE, "io.manymodels.deployment.RayCalls", 4),
        ]
        cluster.deploy_beside(instance, record, os.environ, applications)
        cluster.pin_all(record.ports.base_url, PINS)
        variants = make_variants(project, record)
        with (
            load.client(classes, cluster.python_proxy_port(record)) as client,
            one_process.serving(project, project.models, demo_config(project)) as process,
        ):
            cluster.pin_all(process.serve.url, PINS)
            asked = [*variants, of_one_process(variants[-2], process.serve.port)]
            known = {**roles(instance, record, client), process.pid: one_process.ROLE}
            measured = measure(client, asked, effort, known)
        in_stages = stages.measure(classes, record, CALLS_ROUTE, variants[-2], HOT_TENANT, effort.seconds)
        variants = asked
    return Result(variants, measured, in_stages, effort, load_average)


def make_variants(project: Project, record: Record) -> list[Variant]:
    hot, overflow = score_body(HOT_TENANT), score_body(OVERFLOW_TENANT)
    hot_answer = right_answer(project, record, HOT_TENANT, "Deployment1")
    overflow_answer = right_answer(project, record, OVERFLOW_TENANT, _OVERFLOW)
    return [
        Variant("p", "proxy alone: GET /-/healthz", "GET", "/-/healthz", b"", b"success"),
        Variant("a", "bare proxy, Java echo", "POST", BARE_PATH, hot, hot),
        Variant("b", "the same with the middleware", "POST", WRAPPED_PATH, hot, hot),
        Variant("c", "/score, hot tenant", "POST", "/score", hot, hot_answer),
        Variant("d", "/score, overflow tenant", "POST", "/score", overflow, overflow_answer),
    ]


def demo_config(project: Project) -> dict[str, Any]:
    """As the cluster has it: the demo's tenants start in their places."""
    places = demo.places(project)
    return demo.laid_over(serve_config.read(project.rayservice), places, set(places.values()))


def of_one_process(hot: Variant, port: int) -> Variant:
    """The hot tenant once more, asked of one process."""
    return replace(hot, key="e", title="/score, hot tenant, one process", port=port)


def score_body(tenant: str) -> bytes:
    """Asks the tenant's model for one row."""
    return json.dumps({"tenant": tenant, "data": [ROW]}).encode()


def right_answer(project: Project, record: Record, tenant: str, deployment: str) -> bytes:
    """What /score answers, after a check against scikit-learn's own prediction."""
    body = {"tenant": tenant, "data": [ROW]}
    answer = local_http.call("POST", f"{record.ports.base_url}/score", body, 40)
    seen = answer.json() if answer.status == 200 else None
    predicted = expected_prediction(project, tenant)
    wanted = {"deployment": deployment, "model": tenant, "prediction": [predicted]}
    if not isinstance(seen, dict) or any(seen.get(name) != value for name, value in wanted.items()):
        raise LauncherError(f"/score answered {answer.status} {answer.text[:300]!r} instead of {wanted}")
    return answer.text.encode()


def expected_prediction(project: Project, tenant: str) -> object:
    file = project.root / "src" / "test" / "resources" / "expected_predictions.json"
    expected = json.loads(file.read_text())["tenants"][tenant]
    return expected["predictions"][expected["rows"].index(list(ROW))]


def roles(instance: Instance, record: Record, client: VariantClient) -> dict[int, str]:
    applications = serve_api.applications(record.ports.dashboard_url)
    known = cpu.roles_of(Cluster(instance).processes(), applications)
    return {**known, client.pid: cpu.CLIENT, os.getpid(): cpu.CLIENT}


def measure(client: VariantClient, variants: Sequence[Variant], effort: Effort, roles: Mapping[int, str]) -> Measured:
    """Warms every path up, then takes rounds of one sample of each variant in turn."""
    measured = Measured()
    pids = list(roles)
    with progress("warming up") as shown:
        for connections in reversed(CONNECTIONS):
            for variant in variants:
                shown.text = f"warming up {variant.title}, {connections} connections"
                client.run(variant, connections, effort.warm_up_seconds / len(CONNECTIONS))
        shown.text = "measuring idle"
        before = cpu.read(pids)
        started = time.monotonic()
        threading.Event().wait(2 * effort.seconds)
        measured.idle.add(roles, before, cpu.read(pids), time.monotonic() - started, 0)
        for connections, number in rounds(effort.rounds):
            for variant in variants:
                shown.text = f"{connections} connections, round {number} of {effort.rounds}: {variant.title}"
                client.run(variant, connections, _SETTLE_SECONDS)
                before = cpu.read(pids)
                sample = client.run(variant, connections, effort.seconds)
                after = cpu.read(pids)
                key = (variant.key, connections)
                measured.samples.setdefault(key, []).append(sample)
                measured.used.setdefault(key, cpu.Used()).add(roles, before, after, sample.seconds, sample.requests)
    if measured.errors():
        first = next(s.first_error for samples in measured.samples.values() for s in samples if s.errors)
        say(f"{measured.errors()} wrong answers, the first: {first}")
    return measured


def rounds(count: int) -> Iterable[tuple[int, int]]:
    return ((connections, number) for connections in CONNECTIONS for number in range(1, count + 1))
