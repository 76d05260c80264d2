"""A second node of Ray on this machine, and its loss."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from launcher import ports, processes
from launcher.chaos import layout
from launcher.chaos.faults import Began, Fault
from launcher.chaos.operator_faults import deploy
from launcher.chaos.world import World
from launcher.errors import LauncherError
from launcher.processes import Process

_OBJECT_STORE_BYTES = 100_000_000
_CPUS = 2
# A Ray that is told to keep to 127.0.0.1 (see launcher.environment) refuses a second node for no other reason.
_START = """
import types
from ray.scripts import scripts
scripts.ray_constants = types.SimpleNamespace(**vars(scripts.ray_constants) | {"ENABLE_RAY_CLUSTER": True})
scripts.main()
"""
_START_SECONDS = 60.0


@contextmanager
def running(world: World) -> Iterator[Process]:
    """The raylet of a node that has joined; the node is gone after the body."""
    taken = [world.record.ports.http, world.record.ports.dashboard, world.record.ports.gcs]
    agent = ports.pick(taken)
    options = {
        "--address": f"{ports.LOOPBACK}:{world.record.ports.gcs}",
        "--node-ip-address": ports.LOOPBACK,
        "--dashboard-agent-listen-port": agent,
        "--metrics-export-port": ports.pick([*taken, agent]),
        "--num-cpus": _CPUS,
        "--object-store-memory": _OBJECT_STORE_BYTES,
    }
    python = str(world.instance.project.plain().python)
    command = [python, "-c", _START, "start", "--block", "--disable-usage-stats"]
    with (world.instance.folder / "second-node.log").open("w") as log:
        node = subprocess.Popen(
            [*command, *(f"{name}={value}" for name, value in options.items())],
            env=dict(world.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        world.wait("a raylet", lambda: _raylet(node.pid) is not None or node.poll() is not None, _START_SECONDS)
        raylet = _raylet(node.pid)
        if raylet is None:
            raise LauncherError("the second node did not start")
        yield raylet
    finally:
        _end(node)


def _raylet(node: int) -> Process | None:
    return next((p for p in _children(node) if os.path.basename(p.arguments[0]) == "raylet"), None)  # noqa: PTH119


def _children(pid: int) -> list[Process]:
    return [process for process in processes.all_processes() if process.parent == pid and process.arguments]


def _end(node: subprocess.Popen[bytes]) -> None:
    below = _children(node.pid)
    node.terminate()
    try:
        node.wait(20)
    except subprocess.TimeoutExpired:
        node.kill()
        node.wait()
    for left in processes.wait_until_gone(below, 10):
        os.kill(left.pid, 9)


def _kill_raylet(world: World, began: Began) -> None:
    with running(world) as raylet:
        deploy(world, layout.Settings(replicas=3))
        world.wait_until_whole()
        names = (*layout.HOT, layout.OVERFLOW)
        there = {process.pid for process in _children(raylet.pid)}
        if not any(there.intersection(world.pids(name)) for name in names):
            raise LauncherError("no replica was started on the second node")
        began(("no-replica", "no-answer"), deployments=layout.HOT)
        world.kill(raylet.pid)
        world.wait("its replicas are gone", lambda: not any(there.intersection(world.pids(name)) for name in names))
        world.wait_until_whole()
    deploy(world, layout.Settings())
    world.wait_until_whole()


FAULTS = (Fault("kill-raylet", "kill -9 of the raylet of a second node with replicas on it", _kill_raylet),)
