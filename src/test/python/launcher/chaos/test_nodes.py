"""Runs of chaos with two nodes."""

import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launcher.chaos import faults, layout, run, world
from launcher.chaos.second_node import SecondNode
from launcher.cluster import processes, serve_api, serve_config
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ports import Ports
from launcher.errors import LauncherError
from launcher.kubernetes import check_config
from launcher.project import Project

PORTS = Ports(18000, 18265, 16379, 1, 2, 3, 4)


@pytest.mark.jar
def test_each_node_has_a_replica_and_the_head_shared_memory(repository: Path, tmp_path: Path) -> None:
    shipped = serve_config.read(Project(repository).rayservice)
    config = layout.of(shipped, layout.Settings(), nodes=2)
    deployments = {each["name"]: each for each in config["applications"][0]["deployments"]}
    shared = deployments.pop(layout.SHARED_MEMORY)
    assert shared["ray_actor_options"]["resources"] == {layout.HEAD: 1}
    assert "max_replicas_per_node" not in shared
    assert {each["num_replicas"] for each in deployments.values()} == {2}
    assert {each["max_replicas_per_node"] for each in deployments.values()} == {1}
    head = serve_config.ray_resources(config)
    assert set(head) == {layout.HEAD, "dispatcher"}
    assert layout.of_second_node(head) == {"dispatcher": head["dispatcher"]}
    file = tmp_path / "rayservice.yaml"
    file.write_text(layout.as_rayservice(config, Project(repository).ray_version()))
    check_config.require(Project(repository), check_config.read(file))


def test_one_node_has_no_limits_for_each(repository: Path) -> None:
    shipped = serve_config.read(Project(repository).rayservice)
    text = str(layout.of(shipped, layout.Settings()))
    assert "max_replicas_per_node" not in text
    assert f"'{layout.HEAD}'" not in text


def test_the_raylet_is_only_killed_where_there_is_a_second_one() -> None:
    (fault,) = run.named("kill-raylet")

    class One:
        second = None

    class Two:
        second = object()

    assert fault.obstacle(One()) == "needs --nodes 2"  # type: ignore[arg-type]
    assert fault.obstacle(Two()) is None  # type: ignore[arg-type]


def test_a_second_node_that_was_not_started_is_told(tmp_path: Path) -> None:
    second = SecondNode(Instance(Project(tmp_path), "chaos"))
    with pytest.raises(LauncherError, match="has not been started"):
        _ = second.node
    with pytest.raises(LauncherError, match="no head to join"):
        second.start()


@dataclass
class Lost:
    """A node whose raylet is process 11; process 12 is a worker of it."""

    node_id: str = "b2"

    def raylet(self) -> processes.Process:
        return processes.Process(11, 10, 0, ("raylet",))

    def processes(self) -> list[processes.Process]:
        return [processes.Process(10, 1, 0, ("ray",)), self.raylet(), processes.Process(12, 11, 0, ("java",))]


class LosingWorld:
    """What happens comes with each look: the node is counted out, its worker ends, Serve loses its replicas."""

    nodes = 2

    def __init__(self) -> None:
        self.log: list[str] = []
        self.node = Lost()
        self.second = self
        self.session = self

    def is_counted(self, node: Lost) -> bool:
        return self._seen("counted")

    def replicas_on(self, node_id: str) -> int:
        return int(self._seen("replicas"))

    def _seen(self, what: str) -> bool:
        """True at the first look only."""
        self.log.append(what)
        return self.log.count(what) == 1

    def start(self) -> None:
        self.log.append("start")

    def kill(self, pid: int) -> None:
        self.log.append(f"kill {pid}")

    def fault_began(self, name: str, explains: Any, tenants: Any, deployments: Any) -> str:
        self.log.append(f"{name} began: {','.join(explains)} of {','.join(deployments)}")
        return name

    def ended(self, event: str, outcome: str) -> None:
        self.log.append(f"{event} {outcome}")

    def wait(self, what: str, condition: Any) -> None:
        assert any(condition() for _ in range(3)), what

    def wait_until_whole(self) -> None:
        self.log.append("whole")


def test_a_lost_node_is_replaced_when_ray_has_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    losing = LosingWorld()
    monkeypatch.setattr(processes, "is_running", lambda process: losing._seen(f"process {process.pid}"))
    (fault,) = run.named("kill-raylet")
    faults.inject(losing, fault)  # type: ignore[arg-type]
    log = list(dict.fromkeys(losing.log))
    assert log == [
        "kill-raylet began: no-replica,no-answer of Deployment1,Deployment2",
        "kill 11",
        "counted",
        "start",
        "process 10",
        "process 12",
        "replicas",
        "whole",
        "kill-raylet DONE",
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> world.World:
    """A world whose dashboard tells of one healthy proxy."""
    monkeypatch.setattr(serve_api, "proxies", lambda *_: {"a1": "HEALTHY", "b2": "STARTING"})
    anything: Any = None
    return world.World(
        Instance(Project(tmp_path), "chaos"),
        Record(PORTS),
        anything,
        anything,
        anything,
        anything,
        tmp_path,
        lambda _: {},
        random.Random(1),
        80,
        8.0,
        SecondNode(Instance(Project(tmp_path), "chaos")),
        stopped=threading.Event(),
    )


def test_all_is_whole_with_a_proxy_on_each_node(asked: world.World, monkeypatch: pytest.MonkeyPatch) -> None:
    replicas = (serve_api.Replica("a", "RUNNING", 41, "a1"), serve_api.Replica("b", "RUNNING", 42, "b2"))
    overflow = serve_api.Deployment(layout.OVERFLOW, "HEALTHY", "", 2, replicas)
    found = [serve_api.Application("many-models", "RUNNING", "", 0.0, (overflow,))]
    monkeypatch.setattr(serve_api, "applications", lambda *_: found)
    monkeypatch.setattr(asked, "placement", lambda: ({}, {"deployment_map": {}}))
    assert asked.nodes == 2
    assert (asked.replicas_on("a1"), asked.replicas_on("c3")) == (1, 0)
    assert not asked.is_whole(), "the second proxy only starts"
    monkeypatch.setattr(serve_api, "proxies", lambda *_: {"a1": "HEALTHY", "b2": "HEALTHY"})
    assert asked.is_whole()


class OfActors:
    """Two HAProxies, of which the one that is killed comes back as process 30."""

    def __init__(self) -> None:
        self.there = [21, 22]
        self.killed: list[int] = []

    def haproxies(self) -> list[int]:
        return list(self.there)

    def clients_of_proxy(self, pid: int) -> int:
        return {21: 3, 22: 60}[pid]

    def kill(self, pid: int) -> None:
        self.killed.append(pid)
        self.there = [30 if each == pid else each for each in self.there]

    def wait(self, what: str, condition: Any) -> None:
        assert condition(), what

    def wait_until_whole(self) -> None:
        assert len(self.there) == 2


def test_the_proxy_that_most_clients_are_at_is_killed() -> None:
    (fault,) = run.named("kill-haproxy")
    actors = OfActors()
    fault.make(actors, lambda *_: None)  # type: ignore[arg-type]
    assert (actors.killed, actors.there) == ([22], [21, 30])
