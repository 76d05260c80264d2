"""Processes that die or fall silent."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from launcher import local_http
from launcher.chaos import layout
from launcher.chaos.faults import Began, Fault
from launcher.chaos.world import World, holds, term
from launcher.cluster import processes
from launcher.errors import LauncherError

STOPPED_SECONDS = 5.0
_CLOSE_POLL = 0.05
CONTROLLER = "ray::ServeController"
PROXY = "ray::ProxyActor"
HAPROXY_MANAGER = "ray::HAProxyManager"
# Another replica is there for each, and a call to a dead one fails at once. So a failure is one too many, but it is
# counted, not a breach: the success ratio has a target of its own.
LOST = ("no-replica", "no-answer")


def _kill_replica(choose: Callable[[World], str]) -> Callable[[World, Began], None]:
    def make(world: World, began: Began) -> None:
        deployment = choose(world)
        pid = world.random.choice(_pids(world, deployment))
        hot = (deployment,) if deployment in layout.HOT else ()
        began(LOST, deployments=hot)
        world.kill(pid)
        world.wait(f"{deployment} has lost its replica", lambda: pid not in world.pids(deployment))
        world.wait_until_whole()

    return make


def _kill_shared_memory(world: World, began: Began) -> None:
    """Over when the replicas hold what the table of its successor says, and Dispatchers have that table."""
    pid = world.random.choice(_pids(world, layout.SHARED_MEMORY))
    before = _term(world)
    began(LOST)
    world.kill(pid)
    world.wait("a new SharedMemory answers", lambda: _term(world) not in (None, before), poll_seconds=_CLOSE_POLL)
    returned = time.monotonic()
    world.wait("replicas hold what the new table says", lambda: _is_settled(world), poll_seconds=_CLOSE_POLL)
    world.settled_seconds.append(time.monotonic() - returned)
    world.wait(f"{layout.SHARED_MEMORY} has lost its replica", lambda: pid not in world.pids(layout.SHARED_MEMORY))
    world.wait_until_whole()


def _term(world: World) -> str | None:
    try:
        status, _ = world.placement()
    except local_http.NoAnswerError:
        return None
    return term(status.get("placement") or {})


def _is_settled(world: World) -> bool:
    try:
        status, placed = world.placement()
    except local_http.NoAnswerError:
        return False
    replicas = {**dict.fromkeys(layout.HOT, layout.REPLICAS), layout.DISPATCHER: layout.REPLICAS}
    return holds(status, placed, layout.SHARED_MEMORY, 1) and all(
        holds(status, placed, name, count) for name, count in replicas.items()
    )


def _pids(world: World, deployment: str) -> list[int]:
    pids = world.pids(deployment)
    if not pids:
        raise LauncherError(f"no replica of {deployment} runs")
    return pids


def _busiest_proxy(world: World, pids: list[int]) -> int:
    """Clients keep their connections, so that all may be at one of two proxies: to kill the other shows nothing."""
    return max(pids, key=world.clients_of_proxy)


def _any(world: World, pids: list[int]) -> int:
    return world.random.choice(pids)


def _kill_one(
    what: str,
    find: Callable[[World], list[int]],
    explains: tuple[str, ...],
    choose: Callable[[World, list[int]], int] = _any,
) -> Callable[[World, Began], None]:
    """Kills one of the processes that are found; over when another has come in its place and all is whole."""

    def make(world: World, began: Began) -> None:
        there = find(world)
        if not there:
            raise LauncherError(f"there is no process {what}")
        pid = choose(world, there)
        began(explains)
        world.kill(pid)
        world.wait(f"a new {what}", lambda: not set(find(world)).issubset(there))
        world.wait_until_whole()

    return make


def _kill_actor(title: str, explains: tuple[str, ...]) -> Callable[[World, Began], None]:
    return _kill_one(title, lambda world: world.pids_of(title), explains)


def _stop_dispatcher(world: World, began: Began) -> None:
    """Its clients, and what HAProxy had sent it, wait until it goes on or their deadline passes."""
    began((*LOST, "deadline-exceeded", "overloaded"))
    _stop(world, world.random.choice(_pids(world, layout.DISPATCHER)))


def _kill_raylet(world: World, began: Began) -> None:
    """What the raylet had started has to end by itself; a new node takes the place of the one that is lost."""
    if world.second is None:
        raise LauncherError("there is one node")
    second, lost = world.second, world.second.node
    raylet = lost.raylet()
    orphans = [process for process in lost.processes() if process.pid != raylet.pid]
    began(LOST, deployments=layout.HOT)
    world.kill(raylet.pid)
    world.wait("Ray takes the node for lost", lambda: not second.is_counted(lost))
    second.start()
    world.wait("all of the lost node has ended", lambda: not any(processes.is_running(each) for each in orphans))
    world.wait("Serve has lost the node's replicas", lambda: not world.replicas_on(lost.node_id))
    world.wait_until_whole()


def _stop_replica(world: World, began: Began) -> None:
    """A gray failure: the process is there, its connections are open, and nothing comes back."""
    deployment = world.random.choice((*layout.HOT, layout.OVERFLOW))
    pid = world.random.choice(_pids(world, deployment))
    hot = (deployment,) if deployment in layout.HOT else ()
    began((*LOST, "deadline-exceeded", "overloaded"), deployments=hot)
    _stop(world, pid)


def _stop(world: World, pid: int) -> None:
    world.kill(pid, signal.SIGSTOP)
    try:
        world.stopped.wait(STOPPED_SECONDS)
    finally:
        world.kill(pid, signal.SIGCONT)
    world.wait_until_whole()


FAULTS = (
    Fault("kill-hot", "kill -9 of a replica of a hot deployment", _kill_replica(lambda w: w.random.choice(layout.HOT))),
    Fault("kill-overflow", "kill -9 of a replica of Deploymentx", _kill_replica(lambda _: layout.OVERFLOW)),
    Fault("kill-dispatcher", "kill -9 of a Dispatcher", _kill_replica(lambda _: layout.DISPATCHER)),
    Fault("kill-shared-memory", "kill -9 of SharedMemory", _kill_shared_memory),
    Fault("kill-controller", "kill -9 of the Serve controller", _kill_actor(CONTROLLER, ())),
    Fault(
        "kill-proxy",
        "kill -9 of the Python proxy that HAProxy falls back to",
        _kill_actor(PROXY, ()),
    ),
    # Its manager starts it again at once. Requests that it held are lost, and so is who connects meanwhile.
    Fault(
        "kill-haproxy",
        "kill -9 of the HAProxy that most clients are at",
        _kill_one("haproxy", lambda world: world.haproxies(), ("no-answer",), _busiest_proxy),
    ),
    Fault("kill-haproxy-manager", "kill -9 of a process that manages HAProxy", _kill_actor(HAPROXY_MANAGER, ())),
    Fault(
        "kill-raylet",
        "kill -9 of the second node's raylet",
        _kill_raylet,
        lambda w: None if w.second is not None else "needs --nodes 2",
    ),
    Fault("stop-replica", f"SIGSTOP of a replica that predicts for {STOPPED_SECONDS:.0f} s", _stop_replica),
    Fault("stop-dispatcher", f"SIGSTOP of a Dispatcher for {STOPPED_SECONDS:.0f} s", _stop_dispatcher),
)
