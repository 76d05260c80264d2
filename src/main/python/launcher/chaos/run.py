"""One run: the cluster, the load, the faults one after the other, the verdict."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import up
from launcher.build import application_jar, extra_jars
from launcher.build.shipped import JAVA_OPTIONS_VARIABLE
from launcher.chaos import (
    churn,
    kills,
    layout,
    operator_faults,
    process_faults,
    relay,
    resources,
    rolling_update,
    session,
    store_faults,
)
from launcher.chaos.faults import Fault, inject
from launcher.chaos.registry import Registry, poison_jar
from launcher.chaos.second_node import SecondNode
from launcher.chaos.world import World, endpoints
from launcher.cluster import redis_server, serve_config
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import say, step
from launcher.errors import LauncherError
from launcher.project import Project

INSTANCE = "chaos"
FAULTS: tuple[Fault, ...] = (
    *process_faults.FAULTS,
    rolling_update.FAULT,
    *store_faults.FAULTS,
    *operator_faults.FAULTS,
)
_CALM_SECONDS = 3.0
"""Load without faults, at the beginning and at the end, at least."""
_CALM_SHARE = 0.1
"""The share of the time with load and operators but no faults, before memory and threads are first looked at."""
_WARM_UP_SECONDS = 15.0
_PAUSE_SECONDS = (0.2, 1.2)


@dataclass(frozen=True)
class Wish:
    """The request of the user. Without faults there is only load.

    `times`: each fault is made so often at least; `kill_every`: seconds between kills of random processes, beside the
    faults; `proxy_percent`: of the requests, through Ray's proxy; `nodes`: of Ray, on this machine; `older_jar`: of
    another build, which the cluster starts with.
    """

    minutes: float
    faults: Sequence[Fault]
    seed: int
    requests_per_second: int
    keep: bool
    times: int = 1
    kill_every: float | None = None
    outage_seconds: float = 8.0
    proxy_percent: int = 50
    nodes: int = 1
    older_jar: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome.

    `durations`: seconds until each fault was over; `skipped`: why a fault was not made; `broken`: what the run itself
    complains of; `use`: what each deployment takes, at the beginning and at the end; `settled`: seconds from each
    return of SharedMemory until replicas held what its table says; `kills`: those of random processes.
    """

    verdict: Mapping[str, Any]
    seconds: float
    durations: Mapping[str, Sequence[float]]
    skipped: Mapping[str, str]
    broken: Sequence[str]
    switches: int
    pools: int
    unconfirmed: int
    use: Sequence[tuple[str, ...]]
    redis_connections: tuple[int, int]
    settled: Sequence[float] = ()
    kills: kills.Report | None = None
    nodes: int = 1

    @property
    def right(self) -> bool:
        return not self.verdict["broken"] and not self.broken


def named(names: str) -> list[Fault]:
    """The faults of a list such as `kill-hot,redis-*` or `all,-kill-proxy`; `none` is such a list too."""
    known = {fault.name: fault for fault in FAULTS}
    if names == "none":
        return []
    chosen: dict[str, Fault] = {}
    for word in names.split(","):
        name = word.removeprefix("-")
        prefix = name.removesuffix("*")
        found = [f for f in known.values() if f.name.startswith(prefix)] if name.endswith("*") else [known.get(name)]
        found = list(known.values()) if name == "all" else found
        if not found or found == [None]:
            raise LauncherError(f"there is no fault {word!r}; there are: all, none, {', '.join(known)}")
        if word != name:
            chosen = {each: fault for each, fault in chosen.items() if fault not in found}
        else:
            chosen |= {fault.name: fault for fault in found if fault is not None}
    return list(chosen.values())


def run(project: Project, wish: Wish, user: Mapping[str, str]) -> Outcome:
    application_jar.build(project)
    with _world(project, wish, user) as world:
        return _with_load(world, wish)


@contextmanager
def _world(project: Project, wish: Wish, user: Mapping[str, str]) -> Iterator[World]:
    """A fresh cluster with its own stores; always taken down."""
    instance = Instance(project, INSTANCE)
    with instance.locked():
        Cluster(instance).stop(drain=False)
    mount = project.runtime / "instances" / f"{INSTANCE}-cache"
    store_faults.unmount_cache(mount)
    instance.forget()
    instance.folder.mkdir(parents=True)
    shipped = serve_config.read(project.rayservice)
    config = layout.of(shipped, layout.Settings(), wish.nodes)
    second = SecondNode(instance) if wish.nodes > 1 else None
    (instance.folder / "rayservice.yaml").write_text(layout.as_rayservice(config, project.ray_version()))
    registry = Registry(instance.folder / "models")
    with step("making models", "made the models"):
        registry.make(project)
    with ExitStack() as stack:
        store_faults.mount_cache(mount)
        stack.callback(store_faults.unmount_cache, mount)
        redis = stack.enter_context(redis_server.running(project, durable=True))
        slow = stack.enter_context(relay.running(redis.port))
        settings = {
            "MANY_MODELS_WARM": f"redis://127.0.0.1:{slow.port}",
            "MANY_MODELS_STATE": f"redis://127.0.0.1:{slow.port}",
            "MANY_MODELS_NODE_CACHE": f"file:{mount}/artifacts?mib={store_faults.CACHE_MIB}",
            extra_jars.VARIABLE: str(poison_jar(instance.folder)),
        }
        environment = {**_without_settings(user), **settings}
        stack.callback(_take_down, instance, wish.keep)
        request = up.Request(0, 0, 0, 0, join=second.join if second is not None else None, jar=wish.older_jar)
        record = up.up(instance, request, environment)
        client = stack.enter_context(_client(project, instance, record, wish))
        yield World(
            instance,
            record,
            client,
            registry,
            redis,
            slow,
            mount / "artifacts",
            lambda changed: serve_config.local(
                layout.of(shipped, changed, wish.nodes), record.ports.http, serve_config.capacity()
            ),
            random.Random(wish.seed),
            wish.requests_per_second,
            wish.outage_seconds,
            second,
            starts_older=wish.older_jar is not None,
        )


def _client(project: Project, instance: Instance, record: Record, wish: Wish) -> Any:
    options = {
        "tenants": layout.TENANTS,
        "watch": ",".join(map(str, layout.WATCHED)),
        "rate": wish.requests_per_second,
        "first-percent": wish.proxy_percent,
        "seed": wish.seed,
        "overflow": layout.OVERFLOW,
    }
    return session.running(project, history(project), options, endpoints(record.ports))


def history(project: Project) -> Path:
    """Where the last run's history is kept."""
    return project.runtime / "chaos-history"


def _take_down(instance: Instance, keep: bool) -> None:
    with instance.locked(), step("stopping the cluster", "stopped the cluster"):
        Cluster(instance).stop(drain=False)
        instance.remove_record()
    extra_jars.give_to_ray(instance.project, [])
    if not keep:
        instance.forget()


def _without_settings(user: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in user.items()
        if name == JAVA_OPTIONS_VARIABLE or not name.startswith("MANY_MODELS_")
    }


def _with_load(world: World, wish: Wish) -> Outcome:
    broken: list[str] = []
    durations: dict[str, list[float]] = {}
    skipped = {fault.name: why for fault in wish.faults if (why := fault.obstacle(world)) is not None}
    with step("warming up", "warmed up"):
        world.session.boost(range(1, layout.TENANTS + 1), wish.requests_per_second)
        world.stopped.wait(_WARM_UP_SECONDS)
        world.session.calm()
        world.wait_until_whole()
    world.session.started(1, dict.fromkeys(layout.PINNED, layout.DEDICATED))
    started = time.monotonic()
    with (
        churn.going_on(world, wish.seed) as operators,
        kills.going_on(world, wish.seed, wish.kill_every) as killed,
    ):
        world.stopped.wait(max(_CALM_SECONDS, _CALM_SHARE * wish.minutes * 60))
        before, connected = resources.of_replicas(world.applications()), resources.redis_connections(world.redis)
        possible = [fault for fault in wish.faults if fault.name not in skipped]
        for fault in _in_turn(possible, world.random, started + wish.minutes * 60, wish.times):
            if operators.failure is not None:
                break
            begun = time.monotonic()
            try:
                inject(world, fault)
            except LauncherError as error:
                broken.append(f"{fault.name}: {error}")
            durations.setdefault(fault.name, []).append(time.monotonic() - begun)
            answered, failed = world.session.progress()
            say(
                f"{begun - started:6.1f} s  {fault.name:<20} over after {time.monotonic() - begun:4.1f} s;"
                f" so far {answered} answered, {failed} failed"
            )
            world.stopped.wait(world.random.uniform(*_PAUSE_SECONDS))
        left = started + wish.minutes * 60 - time.monotonic()
        world.stopped.wait(max(_CALM_SECONDS, 0 if possible else left))
    if operators.failure is not None:
        broken.append(f"operators: {operators.failure}")
    if killed is not None:
        durations[kills.NAME] = killed.durations
        broken += [f"{kills.NAME}: {killed.failure}"] if killed.failure is not None else []
    seconds = time.monotonic() - started
    after = resources.of_replicas(world.applications())
    connections = (connected, resources.redis_connections(world.redis))
    with step("judging", "judged"):
        verdict = world.session.finish()
    return Outcome(
        verdict,
        seconds,
        durations,
        skipped,
        broken,
        operators.switches,
        operators.pools,
        operators.unconfirmed,
        resources.growth(before, after),
        connections,
        tuple(world.settled_seconds),
        killed,
        wish.nodes,
    )


def _in_turn(faults: Sequence[Fault], chance: random.Random, until: float, times: int) -> Iterator[Fault]:
    """Each once in a random order, again and again until the time is over; so many rounds are always finished."""
    made = 0
    while faults and (made < times or time.monotonic() < until):
        for fault in chance.sample(list(faults), len(faults)):
            if made < times or time.monotonic() < until:
                yield fault
        made += 1
