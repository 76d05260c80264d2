"""Faults by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from launcher.chaos.world import World


class Began(Protocol):
    """Writes down that the fault begins; to be called before anybody can notice it."""

    def __call__(
        self, explains: Collection[str] = (), tenants: Collection[int] = (), deployments: Collection[str] = ()
    ) -> None: ...


@dataclass(frozen=True)
class Fault:
    """A way to break something.

    `make` breaks it, and returns when it and its effects are over. `obstacle` says why it cannot be done on this
    machine, else None.
    """

    name: str
    what: str
    make: Callable[[World, Began], None]
    obstacle: Callable[[World], str | None] = lambda _: None


@contextmanager
def recorded(world: World, name: str) -> Iterator[Began]:
    """For the body: what it breaks is written down as over when it ends."""
    events: list[str] = []

    def began(explains: Collection[str] = (), tenants: Collection[int] = (), deployments: Collection[str] = ()) -> None:
        events.append(world.session.fault_began(name, explains, tenants, deployments))

    try:
        yield began
    finally:
        for event in events:
            world.session.ended(event, "DONE")


def inject(world: World, fault: Fault) -> None:
    with recorded(world, fault.name) as began:
        fault.make(world, began)
