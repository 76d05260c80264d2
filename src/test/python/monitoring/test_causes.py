"""A real Prometheus scrapes real processes, in which the causes of the alerts are made.

Each alert fires then, and every panel of the dashboards has data.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import shutil
import subprocess
import threading
import urllib.error
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import prometheus_server
import pytest
import yaml
from prometheus_server import Prometheus
from served_demo import Served
from waiting import await_that

from launcher import one_process
from launcher.build import backends
from launcher.build.toolchain import find_jdk
from launcher.chaos.registry import poison_jar, put
from launcher.cluster import ports
from launcher.cluster.redis_server import RedisServer
from launcher.one_process import OneProcess, Serve
from launcher.project import Project

pytestmark = pytest.mark.jar

ROW = [[5.1, 3.5, 1.4, 0.2]]
PLACED = [f"tenant{number}" for number in range(1, 11)]
NOT_PLACED = [f"tenant{number}" for number in range(11, 26)]
NOT_LOADED = [f"tenant{number}" for number in range(26, 31)]
SLOW, BROKEN, HEAVY, LARGE = "slow", "broken", "heavy", "large"
SLOW_MILLIS = 1_500
_SECONDS = 30
# The heap of the small process, and what a model keeps of it: more than the alert lets pass, and enough is left.
_HEAP_MIB, _HEAVY_MIB = 160, 125
_VARIABLES = {"$__rate_interval": "5m", "$job": prometheus_server.JOB, "$tenant": ".*"}


@dataclass
class Watched:
    """A real application, and the Prometheus that scrapes it. fired: the labels and texts of each alert that fired."""

    prometheus: Prometheus
    process: OneProcess
    served: Served
    quiet: set[str] = field(default_factory=set)
    fired: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def score(self, tenant: str) -> int:
        """The status of the answer."""
        rows = [[1.0]] if tenant in (SLOW, BROKEN, HEAVY, LARGE) else ROW
        try:
            self.served.call("/score", {"tenant": tenant, "data": rows})
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return 200

    def look(self) -> set[str]:
        """The alerts that fire now."""
        firing = self.prometheus.firing()
        for alert in firing:
            self.fired.setdefault(alert["labels"]["alertname"], []).append(alert)
        return {alert["labels"]["alertname"] for alert in firing}

    def await_alerts(
        self,
        *names: str,
        cause: Callable[[], object] = lambda: None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Causes them, and waits until all of them fire, doing something again and again."""
        before = self.look()
        cause()

        def all_fire() -> bool:
            meanwhile()
            return set(names) <= self.look()

        self.quiet |= set(names) - before
        await_that(f"{', '.join(names)} of {sorted(self.fired)}", all_fire, _SECONDS)


@contextlib.contextmanager
def watched(project: Project, prometheus: Path, folder: Path, serve: Serve) -> Iterator[Watched]:
    monitoring = project.root / "deploy" / "monitoring"
    files = {
        "prometheus.yml": prometheus_server.configuration(monitoring / "scrape.yaml", [f"127.0.0.1:{serve.port}"]),
        "alerts.yaml": prometheus_server.impatient(monitoring / "alerts.yaml"),
    }
    with (
        one_process.running(project, serve, folder / "serve.out") as process,
        prometheus_server.running(prometheus, folder / "prometheus", files) as server,
    ):
        found = Watched(server, process, Served(serve.url, "", serve.registry))
        await_that("a scrape", lambda: server.query("mms_dispatchers"), _SECONDS)
        yield found


def settings(folder: Path, **more: str) -> dict[str, str]:
    return {"MANY_MODELS_VERSION_POLL_S": "1", "MANY_MODELS_NODE_CACHE": f"file:{folder}/cache?mib=16", **more}


@pytest.fixture(scope="module")
def project(repository: Path) -> Project:
    found = Project(repository)
    if not found.jar.is_file():
        pytest.fail(f"{found.jar} is missing; `mvn package` makes it")
    return found


@pytest.fixture(scope="module")
def story(project: Project, prometheus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """All causes but those of memory, of a missing table and of the end, one after the other. The process lives on."""
    folder = tmp_path_factory.mktemp("causes")
    redis_server = backends.find_redis(os.environ, project.runtime / "backends" / "redis")
    assert redis_server is not None
    registry = folder / "models"
    shutil.copytree(project.models, registry)
    put(registry, SLOW, 1, f"slow {SLOW_MILLIS}".encode(), "poison")
    put(registry, BROKEN, 1, b"fail", "poison")
    config = folder / "rayservice.yaml"
    shutil.copy(project.demo.with_name("rayservice.yaml"), config)
    (folder / "redis").mkdir()
    redis = RedisServer(redis_server, folder / "redis")
    redis.start()
    try:
        serve = Serve(
            registry=registry,
            state=folder / "state",
            port=ports.pick(),
            config=config,
            settings=settings(folder, MANY_MODELS_WARM=f"{redis.uri}/0"),
            jars=[poison_jar(folder)],
        )
        with watched(project, prometheus, folder, serve) as found:
            _tell(found, redis, config)
            yield found
    finally:
        redis.kill()


def _tell(found: Watched, redis: RedisServer, config: Path) -> None:
    _are_asked(found, PLACED * 10)
    await_that("figures of tenants", lambda: found.prometheus.query("mms_tenant_requests_total"), _SECONDS)
    assert found.look() == set()

    # Requests for tenants without a place, each of which waits for its model.
    found.await_alerts("ManyModelsManyColdLoads", cause=lambda: _are_asked(found, NOT_PLACED))

    # Models that are broken or slow, and a new version that is broken.
    found.await_alerts("ManyModelsModelsFail", meanwhile=lambda: found.score(BROKEN))
    found.await_alerts("ManyModelsSlow", "ManyModelsTenantSlow", meanwhile=lambda: _at_once(found, [SLOW] * 4))
    found.await_alerts("ManyModelsVersionBehind", cause=lambda: _publish_broken_version(found.served.registry))

    found.await_alerts("ManyModelsUserConfigRefused", cause=lambda: _spoil(config))

    # Redis goes, and models are still loaded, from the registry.
    found.await_alerts(
        "ManyModelsRedisUnreachable",
        "ManyModelsWarmStoreFails",
        cause=redis.kill,
        meanwhile=lambda: [found.score(tenant) for tenant in NOT_LOADED[:-1]],
    )

    # The registry goes as well: what is loaded is answered, nothing else is.
    registry = found.served.registry
    found.await_alerts(
        "ManyModelsRegistryUnreachable",
        "ManyModelsErrorBudgetBurnsFast",
        "ManyModelsErrorBudgetBurns",
        cause=lambda: registry.rename(registry.with_name("away")),
        meanwhile=lambda: found.score(NOT_LOADED[-1]),
    )
    assert found.score(PLACED[1]) == 200


def _publish_broken_version(registry: Path) -> None:
    put(registry, PLACED[0], 9, b"no model", "onnx")
    (registry / PLACED[0] / "live").write_text("9")


def _spoil(config: Path) -> None:
    text = config.read_text()
    config.write_text(re.sub(r"capacity: 1000\b", "capacity: -1", text))
    assert config.read_text() != text


def _are_asked(found: Watched, tenants: list[str]) -> None:
    assert [found.score(tenant) for tenant in tenants] == [200] * len(tenants)


def _at_once(found: Watched, tenants: list[str]) -> None:
    threads = [threading.Thread(target=found.score, args=(tenant,)) for tenant in tenants]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


@pytest.fixture(scope="module")
def small(project: Project, prometheus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A process with little memory that began while the placement store was away, and is ended."""
    folder = tmp_path_factory.mktemp("small")
    registry = folder / "models"
    put(registry, HEAVY, 1, f"heavy {_HEAVY_MIB}".encode(), "poison")
    put(registry, LARGE, 1, f"large {10 * _HEAP_MIB}".encode(), "poison")
    serve = Serve(
        registry=registry,
        state=f"redis://127.0.0.1:{ports.pick()}/0",
        port=ports.pick(),
        settings=settings(folder),
        options=[f"-Xmx{_HEAP_MIB}m", "-Xmn8m"],
        jars=[poison_jar(folder)],
    )
    with watched(project, prometheus, folder, serve) as found:
        await_that("the alert", lambda: "ManyModelsDispatcherWithoutTable" in found.look(), _SECONDS)
        found.await_alerts("ManyModelsLoadsWithoutMemory", meanwhile=lambda: found.score(LARGE))
        found.await_alerts("ManyModelsMemoryNearBound", cause=lambda: _fill(found))
        found.await_alerts("ManyModelsDown", cause=found.process.stop)
        yield found


def _fill(found: Watched) -> None:
    assert found.score(HEAVY) == 200
    _collect(found.process.pid)


def _collect(pid: int) -> None:
    jcmd = find_jdk(os.environ).java.with_name("jcmd")
    subprocess.run([str(jcmd), str(pid), "GC.run"], check=True, capture_output=True, timeout=_SECONDS)


def names(repository: Path) -> list[str]:
    groups = yaml.safe_load((repository / "deploy" / "monitoring" / "alerts.yaml").read_text())["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule]


ALERTS = names(Path(__file__).resolve().parents[4])


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_fires_when_its_cause_is_there_and_not_before(story: Watched, small: Watched, alert: str) -> None:
    """Only the process without a table has its cause from its beginning; the other one is quiet about it throughout."""
    if alert == "ManyModelsDispatcherWithoutTable":
        assert alert not in story.fired
    else:
        assert alert in story.quiet | small.quiet, f"{alert} fired before its cause"
    texts = [each["annotations"] for each in (story.fired | small.fired)[alert]]
    for each in texts:
        # What Prometheus puts where a template fails (template.Expander).
        assert not re.search(r"error expanding template|<no value>|\{\{", json.dumps(each)), each


@pytest.mark.parametrize(
    ("alert", "labels"),
    [
        ("ManyModelsTenantSlow", {"tenant": SLOW}),
        ("ManyModelsVersionBehind", {"deployment": "Deployment1"}),
        ("ManyModelsModelsFail", {"code": "load-failed"}),
        ("ManyModelsRedisUnreachable", {"store": "events"}),
        ("ManyModelsRegistryUnreachable", {"store": "registry"}),
        ("ManyModelsSlow", {"severity": "page"}),
    ],
)
def test_alert_names_what_it_is_about(story: Watched, alert: str, labels: dict[str, str]) -> None:
    assert any(labels.items() <= each["labels"].items() for each in story.fired[alert]), story.fired[alert]


def test_no_alert_is_about_a_tenant_that_is_quick(story: Watched) -> None:
    assert {each["labels"]["tenant"] for each in story.fired["ManyModelsTenantSlow"]} == {SLOW}


def test_prometheus_can_evaluate_every_rule(story: Watched) -> None:
    assert [rule["name"] for rule in story.prometheus.rules() if rule["health"] != "ok"] == []


def panels(repository: Path) -> list[Any]:
    return [
        pytest.param(target["expr"], id=f"{file.stem}: {panel['title']} {target['refId']}")
        for file in sorted((repository / "deploy" / "monitoring" / "shared").glob("*.json"))
        for panel in json.loads(file.read_text())["panels"]
        for target in panel.get("targets", [])
    ]


@pytest.mark.parametrize("expression", panels(Path(__file__).resolve().parents[4]))
def test_every_panel_has_data(story: Watched, expression: str) -> None:
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression
    found = story.prometheus.query(expression)
    assert found
    numbers = [float(each["value"][1]) for each in found]
    assert not all(math.isnan(number) for number in numbers)


def test_variables_offer_what_there_is(story: Watched, repository: Path) -> None:
    file = repository / "deploy" / "monitoring" / "shared" / "many-models-tenants.json"
    offered = {}
    for variable in json.loads(file.read_text())["templating"]["list"]:
        if variable["type"] == "query":
            query = variable["definition"].replace("$job", prometheus_server.JOB)
            series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()  # type: ignore[union-attr]
            offered[variable["name"]] = set(story.prometheus.values(label, series))
    assert offered["job"] == {prometheus_server.JOB}
    assert {SLOW, BROKEN, *PLACED} <= offered["tenant"]


def test_dashboards_show_who_is_slow_and_why(story: Watched) -> None:
    """With nothing but the queries of the panels: the slow tenant is first, and its predictions take the time."""
    (first, *_) = story.prometheus.query(
        f'sort_desc(max by (tenant) (mms_tenant_latency_seconds{{job="{prometheus_server.JOB}", percentile="99"}}))'
    )
    assert first["metric"]["tenant"] == SLOW
    assert float(first["value"][1]) == pytest.approx(SLOW_MILLIS / 1000, rel=0.1)
    medians = story.prometheus.query(f'mms_tenant_latency_seconds{{percentile="50", tenant="{SLOW}"}}')
    assert float(medians[0]["value"][1]) > 1
