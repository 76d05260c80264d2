"""The application on two nodes, deployed by the calls that KubeRay's operator makes.

Tests build on each other in their order: one cluster for all, because starting it takes longest.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ray_nodes import Nodes, await_that, call, started

from launcher.cluster import serve_config
from launcher.cluster.nodes import Node
from launcher.project import Project

pytestmark = pytest.mark.cluster

APPLICATION = "many-models"
HOT = 2
CPUS = 4
# A second replica for the least load, and back again soon.
SCALING = {
    "MANY_MODELS_AUTOSCALE": "Deploymentx=1..2@2",
    "MANY_MODELS_AUTOSCALE_UP_S": "4",
    "MANY_MODELS_AUTOSCALE_DOWN_S": "12",
}
ROW = [5.1, 3.5, 1.4, 0.2]
# With deadline_ms of the Dispatcher and the retries of the middleware.
ANSWER_SECONDS = 40
# Of a node's death, as the GCS counts the health checks that a node misses.
NODE_LOST_SECONDS = 90


@dataclass
class TwoNodes:
    """The cluster, its second node as it is now, and what is deployed."""

    nodes: Nodes
    second: Node
    config: dict[str, Any]


@pytest.fixture(scope="module")
def two(repository: Path) -> Iterator[TwoNodes]:
    config = serve_config.read(repository / "deploy" / "rayservice.yaml")
    with started(Project(repository), "nodes", CPUS, {"dispatcher": 1}, SCALING) as nodes:
        yield TwoNodes(nodes, nodes.start_node("second"), of_size(config, nodes.used.http))


def of_size(config: Mapping[str, Any], http_port: int) -> dict[str, Any]:
    """The shipped configuration with fewer hot deployments, because this machine is small."""
    made = copy.deepcopy(dict(config))
    made["http_options"]["port"] = http_port
    application = made["applications"][0]
    application["args"]["hot_deployments"] = HOT
    names = ["Dispatcher", "SharedMemory", "Deploymentx", *(f"Deployment{i + 1}" for i in range(HOT))]
    application["deployments"] = [each for each in application["deployments"] if each["name"] in names]
    deployment(made, "Deploymentx")["max_replicas_per_node"] = 1
    return made


def deployment(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in config["applications"][0]["deployments"] if each["name"] == name]
    return found


def score(nodes: Nodes, tenant: str) -> tuple[int, Any]:
    answer = call(
        "POST", f"http://127.0.0.1:{nodes.used.http}/score", {"tenant": tenant, "data": [ROW]}, seconds=ANSWER_SECONDS
    )
    return answer.status, answer.json() if answer.status == 200 else answer.text


def all_healthy(nodes: Nodes) -> bool:
    found = nodes.operator.applications().get(APPLICATION, {})
    deployments = found.get("deployments", {}).values()
    return found.get("status") == "RUNNING" and all(each["status"] == "HEALTHY" for each in deployments)


def test_dashboard_answers_nobody_without_the_token(two: TwoNodes) -> None:
    url = f"{two.nodes.used.dashboard_url}/api/serve/applications/"
    assert call("GET", url).status == 401
    assert call("PUT", url, two.config).status == 401
    assert call("GET", url, headers={"x-ray-authorization": "Bearer " + "0" * 64}).status in (401, 403)


def test_first_deploy_goes_from_nothing_to_running(two: TwoNodes) -> None:
    operator = two.nodes.operator
    assert operator.applications() == {}
    operator.apply(two.config)
    await_that("all applications are RUNNING", operator.is_ready)
    status, answer = score(two.nodes, "tenant1")
    assert (status, answer["model"], answer["prediction"]) == (200, "tenant1", [0])


def test_each_node_has_a_dispatcher(two: TwoNodes) -> None:
    await_that("everything is HEALTHY", lambda: all_healthy(two.nodes))
    replicas = two.nodes.operator.replicas(APPLICATION)
    assert set(replicas["Dispatcher"].values()) == two.nodes.node_ids()


def test_proxies_of_both_nodes_answer(two: TwoNodes) -> None:
    await_that("two proxies are HEALTHY", lambda: sorted(two.nodes.proxies().values()) == ["HEALTHY", "HEALTHY"])
    answered: set[int] = set()

    def both() -> bool:
        answered.add(two.nodes.proxy_that_answers())
        return len(answered) == 2

    await_that("both have answered", both)


def test_same_configuration_again_changes_nothing(two: TwoNodes) -> None:
    """The operator applies again when it has been restarted."""
    before = two.nodes.operator.replicas(APPLICATION)
    two.nodes.operator.apply(two.config)
    await_that("it is RUNNING again", two.nodes.operator.is_ready)
    assert two.nodes.operator.replicas(APPLICATION) == before


def test_changed_user_config_restarts_nothing(two: TwoNodes) -> None:
    before = two.nodes.operator.replicas(APPLICATION)
    deployment(two.config, "Deployment1")["user_config"].update(tenant="tenant7", pool="dedicated")
    two.nodes.operator.apply(two.config)
    url = f"http://127.0.0.1:{two.nodes.used.http}/deployment_map"
    await_that("tenant7 is pinned", lambda: call("GET", url).json()["dedicated"] == {"tenant7": "deployment1"})
    assert score(two.nodes, "tenant7")[1]["deployment"] == "Deployment1"
    await_that("everything is HEALTHY", lambda: all_healthy(two.nodes))
    assert two.nodes.operator.replicas(APPLICATION) == before


def test_failing_application_is_told_and_the_old_replicas_serve_on(two: TwoNodes) -> None:
    before = two.nodes.operator.replicas(APPLICATION)
    broken = copy.deepcopy(two.config)
    broken["applications"][0]["args"]["hot_deployments"] = 0
    two.nodes.operator.apply(broken)

    def failed() -> bool:
        return two.nodes.operator.applications()[APPLICATION]["status"] == "DEPLOY_FAILED"

    await_that("it is DEPLOY_FAILED", failed)
    message = two.nodes.operator.applications()[APPLICATION]["message"]
    assert "hot_deployments must be an integer from 1 to 1000" in message
    assert not two.nodes.operator.is_ready()
    assert score(two.nodes, "tenant7")[0] == 200
    two.nodes.operator.apply(two.config)
    await_that("it is RUNNING again", two.nodes.operator.is_ready)
    assert two.nodes.operator.replicas(APPLICATION) == before


@dataclass
class Load:
    """Asks for tenants in turn from two threads until it is stopped; remembers what was not as it should be."""

    nodes: Nodes
    answered: int = 0
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(i,), name=f"load-{i}") for i in range(2)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(ANSWER_SECONDS + 10)
            assert not thread.is_alive()

    def _run(self, first: int) -> None:
        number = first
        while not self._stopped.is_set():
            tenant = f"tenant{number % 9 + 1}"
            number += 2
            began = time.monotonic()
            try:
                status, answer = score(self.nodes, tenant)
            except OSError as error:
                status, answer = 0, repr(error)
            with self._lock:
                self.slowest = max(self.slowest, time.monotonic() - began)
                if status != 200:
                    self.failed.append(f"{status} {answer}"[:200])
                elif answer["model"] != tenant:
                    self.wrong.append(f"{tenant}: {answer}")
                else:
                    self.answered += 1


def test_load_adds_a_replica_on_the_other_node_and_calm_takes_it_away(two: TwoNodes) -> None:
    nodes = two.nodes
    before = nodes.operator.replicas(APPLICATION)
    assert len(before["Deploymentx"]) == 1
    with Load(nodes) as load:
        await_that("Deploymentx runs twice", lambda: len(nodes.operator.replicas(APPLICATION)["Deploymentx"]) == 2)
        await_that("everything is HEALTHY", lambda: all_healthy(nodes))
        scaled = nodes.operator.replicas(APPLICATION)
        assert set(scaled["Deploymentx"].values()) == nodes.node_ids()
        assert set(before["Deploymentx"]) < set(scaled["Deploymentx"])
    await_that("Deploymentx runs once", lambda: len(nodes.operator.replicas(APPLICATION)["Deploymentx"]) == 1)
    await_that("everything is HEALTHY", lambda: all_healthy(nodes))
    after = nodes.operator.replicas(APPLICATION)
    assert {name: each for name, each in after.items() if name != "Deploymentx"} == {
        name: each for name, each in before.items() if name != "Deploymentx"
    }
    assert (load.wrong, load.failed) == ([], [])


def test_node_that_is_lost_under_load_is_replaced(two: TwoNodes) -> None:
    """Requests that a lost proxy held fail; no answer is wrong, and what the node ran is started again elsewhere."""
    nodes = two.nodes
    (lost,) = nodes.node_ids() - {nodes.head_id()}
    with Load(nodes) as load:
        await_that("there is load", lambda: load.answered > 20)
        nodes.kill(two.second)
        await_that("the node is counted out", lambda: lost not in nodes.node_ids(), NODE_LOST_SECONDS)
        await_that("its replicas run on the other node", lambda: moved(nodes, lost), NODE_LOST_SECONDS)
        two.second = nodes.start_node("third")
        await_that("everything is HEALTHY", lambda: all_healthy(nodes), NODE_LOST_SECONDS)
        answered = load.answered
        await_that("requests are answered", lambda: load.answered > answered + 20)
    print(f"FIGURE a node killed: {load.answered} answered, slowest {load.slowest:.1f} s, failed: {load.failed}")  # noqa: T201
    assert load.wrong == []
    assert len(load.failed) <= 0.05 * load.answered + 4, load.failed
    replicas = nodes.operator.replicas(APPLICATION)
    assert set(replicas["Dispatcher"].values()) == nodes.node_ids()


def moved(nodes: Nodes, lost: str) -> bool:
    """All replicas, but the Dispatcher and the replica of Deploymentx that have no node now."""
    replicas = nodes.operator.replicas(APPLICATION)
    names = ["Dispatcher", "SharedMemory", "Deploymentx", *(f"Deployment{i + 1}" for i in range(HOT))]
    return all(any(node != lost for node in replicas.get(name, {}).values()) for name in names)


def test_application_that_is_not_in_the_configuration_any_more_is_deleted(two: TwoNodes) -> None:
    empty = {**two.config, "applications": []}
    two.nodes.operator.apply(empty)
    await_that("no application is left", lambda: two.nodes.operator.applications() == {})
    assert score(two.nodes, "tenant1")[0] == 404
