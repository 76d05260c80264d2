"""How further nodes join, and what is theirs. That they do join is tested in test_two_nodes."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher.cluster import processes
from launcher.cluster.instance import Instance
from launcher.cluster.nodes import Joining, Member, Node
from launcher.cluster.ports import Ports
from launcher.cluster.ray_cluster import Resources
from launcher.errors import LauncherError
from launcher.project import Project

PORTS = Ports(18000, 18265, 16379, 1, 2, 3, 4)
NODES = [
    {"node_id": "a1", "node_name": "127.0.0.1", "is_head_node": True, "state": "ALIVE"},
    {"node_id": "b2", "node_name": "node2", "is_head_node": False, "state": "DEAD"},
    {"node_id": "c3", "node_name": "node3", "is_head_node": False, "state": "ALIVE"},
]


def joining(folder: Path, dashboard_port: int = PORTS.dashboard, **environment: str) -> Joining:
    ports = replace(PORTS, dashboard=dashboard_port)
    return Joining(Instance(Project(folder), "chaos"), ports, Resources(2, {"dispatcher": 1000.0}), environment)


def told(web_server: Any, status: int = 200) -> None:
    body = json.dumps({"data": {"result": {"result": NODES}}})
    web_server.answers["GET", "/api/v0/nodes?detail=1"] = (status, body)


def test_members_are_the_nodes_that_live(web_server: Any, tmp_path: Path) -> None:
    told(web_server)
    assert joining(tmp_path, web_server.port).members() == [
        Member("a1", "127.0.0.1", True),
        Member("c3", "node3", False),
    ]


def test_nobody_is_told_of_without_an_answer(web_server: Any, tmp_path: Path) -> None:
    told(web_server, 401)
    assert joining(tmp_path, web_server.port).members() == []
    assert joining(tmp_path, 9).members() == []


def test_a_node_joins_where_its_head_is(tmp_path: Path) -> None:
    elsewhere = joining(tmp_path, RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="1")._command("node2")
    assert elsewhere[1:4] == ["-m", "ray.scripts.scripts", "start"]
    assert {"--address=127.0.0.1:16379", "--node-name=node2", '--resources={"dispatcher": 1000.0}'} <= set(elsewhere)
    here = joining(tmp_path, RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0")._command("node2")
    assert here[1:4] == ["-m", "launcher.cluster.loopback_start", "start"]


def test_a_node_that_does_not_start_is_told_with_its_log(tmp_path: Path) -> None:
    made = joining(tmp_path)
    python = made.instance.project.python
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 'Error: no head there'\nexit 1\n")
    python.chmod(0o755)
    made.instance.folder.mkdir(parents=True)
    made.instance.ray_temp.mkdir(parents=True, exist_ok=True)
    with pytest.raises(LauncherError, match="node node2 did not start: Error: no head there"):
        made.start("node2")
    made.instance.forget()


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """With a child that is called as a raylet is."""
    raylet = tmp_path / "raylet"
    raylet.symlink_to("/bin/sleep")
    code = f"import subprocess; subprocess.run([{str(raylet)!r}, '60'])"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as process:
        yield process
        processes.send(processes.with_descendants(processes.all_processes(), process.pid), signal.SIGKILL)


def test_the_raylet_of_a_node_is_a_child_of_its_ray_start(parent: subprocess.Popen[bytes]) -> None:
    node = Node("node2", "c3", parent)
    deadline = time.monotonic() + 20
    pause = threading.Event()
    while len(found := node.processes()) < 2 or not found[1].arguments[0].endswith("/raylet"):
        assert time.monotonic() < deadline
        pause.wait(0.02)
    assert node.raylet() == found[1]
    assert found[1].parent == found[0].pid == parent.pid


def test_a_node_that_has_ended_has_no_raylet() -> None:
    with subprocess.Popen(["/bin/true"]) as ended:
        ended.wait(10)
    node = Node("node2", "c3", ended)
    assert node.processes() == []
    with pytest.raises(LauncherError, match="node node2 has no raylet"):
        node.raylet()
