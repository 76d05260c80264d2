"""Mistakes of operators and tenants."""

from __future__ import annotations

from dataclasses import replace

from launcher.chaos import layout
from launcher.chaos.faults import Began, Fault
from launcher.chaos.world import World
from launcher.cluster import serve_api
from launcher.errors import LauncherError

NOISY_FACTOR = 100
_NOISY_SECONDS = 6.0
_POISONED_SECONDS = 6.0
_POISONED_RATE = 10


def _user_config(world: World, began: Began) -> None:
    """Good, bad, good: a bad one is refused, and nothing is lost."""
    began()
    changed = layout.Settings(cached=world.random.randint(15, 40))
    deploy(world, changed)
    deploy(world, replace(changed, cached=-1, max_in_flight=0))
    answer = world.call("GET", "/status")
    refused = (answer.json() or {}).get("refused") or {}
    if not {layout.DISPATCHER} <= set(refused) or not any(layout.OVERFLOW in name for name in refused):
        raise LauncherError(f"a user_config that is not valid was not refused visibly: {refused}")
    deploy(world, layout.Settings())
    world.wait_until_whole()


def _drain_dispatcher(world: World, began: Began) -> None:
    """Serve stops one of two Dispatchers, as in a rolling update or when there is less to do; nothing is lost."""
    began()
    deploy(world, layout.Settings(dispatchers=1))
    world.wait("a Dispatcher has gone", lambda: len(world.pids(layout.DISPATCHER)) == 1)
    deploy(world, layout.Settings())
    world.wait_until_whole()


def deploy(world: World, settings: layout.Settings) -> None:
    serve_api.deploy(world.record.ports.dashboard_url, world.config(settings))
    world.stopped.wait(1)
    world.wait("the configuration is deployed", world.is_whole)


def _noisy(world: World, began: Began) -> None:
    """Only its own requests may be refused; the whole may be so busy that others wait."""
    number = world.random.choice(layout.WATCHED)
    began(("tenant-over-share", "overloaded", "deadline-exceeded"), tenants=(number,))
    began(("overloaded",))
    world.session.boost((number,), world.rate_of_one * NOISY_FACTOR)
    try:
        world.stopped.wait(_NOISY_SECONDS)
    finally:
        world.session.calm()
    world.wait_until_whole()


def _poison(name: str, *explains: str, of_all: tuple[str, ...] = ()) -> Fault:
    number = layout.POISONED[name]

    def make(world: World, began: Began) -> None:
        began(explains, tenants=(number,))
        if of_all:
            began(of_all, deployments=layout.HOT)
        world.session.boost((number,), _POISONED_RATE)
        try:
            world.stopped.wait(_POISONED_SECONDS)
        finally:
            world.session.calm()
        world.wait_until_whole()

    return Fault(f"poison-{name}", f"{_POISONED_RATE} requests/s of a tenant whose model {_WHAT[name]}", make)


_WHAT = {
    "unloadable": "does not load",
    "throwing": "fails when it predicts",
    "slow": "takes 30 s for a prediction",
    "heavy": "takes 2 GiB of memory",
    "large": "takes 2 GiB of memory, as its loader foresees",
}

_HEAVY = ("load-failed", "overloaded", "no-replica", "no-answer")

FAULTS = (
    Fault("user-config", "user_configs changed, invalid ones among them", _user_config),
    Fault("drain-dispatcher", "a Dispatcher that Serve stops, and starts again", _drain_dispatcher),
    Fault("noisy-tenant", f"one tenant at {NOISY_FACTOR} times its load", _noisy),
    _poison("unloadable", "load-failed"),
    _poison("throwing", "load-failed"),
    _poison("slow", "deadline-exceeded", "tenant-over-share", "overloaded", "load-failed"),
    _poison("large", "load-failed"),
    # The first replica that loads it dies of it. Until then its guard refuses other loads, for want of memory.
    _poison("heavy", *_HEAVY, of_all=_HEAVY),
)
