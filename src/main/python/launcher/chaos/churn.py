"""The work of operators while parts fail: new versions, and changes of the dedicated pool."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from launcher import local_http
from launcher.chaos import layout
from launcher.chaos.registry import Registry
from launcher.chaos.session import Session
from launcher.errors import LauncherError

_SWITCH_SECONDS = 1.0
_POOL_SECONDS = 4.0
_INVALID = 0.25
"""Share of the changes of the pool that are not valid."""


class Operated(Protocol):
    """The part of a world that operators have to do with."""

    session: Session
    registry: Registry

    def call(self, method: str, path: str, body: object | None = None) -> local_http.Answer: ...


@contextmanager
def going_on(world: Operated, seed: int) -> Iterator[Churn]:
    churn = Churn(world, seed)
    churn.start()
    try:
        yield churn
    finally:
        churn.stop()


class Churn:
    """Two threads: one switches versions, one changes the pool."""

    def __init__(self, world: Operated, seed: int) -> None:
        self._world = world
        self._stop = threading.Event()
        self._versions = dict.fromkeys(range(1, layout.TENANTS + 1), 1)
        self._switching = random.Random(seed)
        self._pooling = random.Random(seed + 1)
        self.switches = 0
        self.pools = 0
        self.unconfirmed = 0
        self.failure: Exception | None = None
        self._threads = [
            threading.Thread(target=self._repeat, args=(self._switch, _SWITCH_SECONDS), name="chaos-switches"),
            threading.Thread(target=self._repeat, args=(self._change_pool, _POOL_SECONDS), name="chaos-pools"),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _repeat(self, once: Callable[[], None], seconds: float) -> None:
        try:
            while not self._stop.wait(seconds):
                once()
        except Exception as error:
            self.failure = self.failure or error

    def _switch(self) -> None:
        choice = self._switching
        watched = choice.random() < 0.7
        others = [number for number in range(1, layout.TENANTS + 1) if number != layout.HALF_SWITCHED]
        number = choice.choice(layout.WATCHED[:-1] if watched else others)
        version = choice.choice([v for v in range(1, layout.VERSIONS + 1) if v != self._versions[number]])
        event = self._world.session.switch_began(number, version)
        outcome = "UNKNOWN"
        try:
            self._world.registry.go_live(number, version)
            self._versions[number] = version
            answer = self._world.call("POST", "/refresh_models", {"tenants": [layout.tenant(number)]})
            models = (answer.json() or {}).get("models") or [{}]
            if answer.status == 200 and models[0].get("state") == "live":
                outcome = "DONE"
        except (OSError, local_http.NoAnswerError):
            # The registry is away, or nobody answers: the alias may have changed, or not.
            pass
        self._world.session.ended(event, outcome)
        self.switches += outcome == "DONE"
        self.unconfirmed += outcome != "DONE"

    def _change_pool(self) -> None:
        choice = self._pooling
        chosen = choice.sample(layout.WATCHED[: layout.PLACES + 2], choice.randint(1, layout.PLACES))
        pool = dict.fromkeys(chosen, layout.DEDICATED)
        mapping = {layout.tenant(number): name for number, name in pool.items()}
        invalid = choice.random() < _INVALID
        if invalid:
            mapping |= choice.choice([{"tenant999999": layout.DEDICATED}, {layout.tenant(20): "Deployment77"}])
        event = self._world.session.pool_began(pool)
        outcome = "UNKNOWN"
        try:
            answer = self._world.call("POST", "/update_dedicated_pool", {"mapping": mapping})
            if 400 <= answer.status < 500:
                outcome = "REFUSED"
            elif answer.status == 200:
                outcome = "DONE"
        except local_http.NoAnswerError:
            pass
        if outcome == "DONE" and invalid:
            raise LauncherError(f"a mapping that is not valid was taken: {mapping}")
        self._world.session.ended(event, outcome)
        self.pools += outcome == "DONE"
        self.unconfirmed += outcome == "UNKNOWN"
