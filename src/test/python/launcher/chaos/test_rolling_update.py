"""The fault `update`: from the jar of another build to this one's."""

import random
from collections.abc import Callable, Collection
from types import SimpleNamespace

import pytest

from launcher.build import application_jar
from launcher.chaos import layout, run


class Serve:
    """A Serve that has a new replica for one that is killed at once."""

    starts_older = True
    instance = SimpleNamespace(project="project")
    random = random.Random(7)

    def __init__(self) -> None:
        self.replicas = {name: [10 * each + 1, 10 * each + 2] for each, name in enumerate(layout.DEPLOYMENTS)}
        self.killed: list[int] = []
        self.whole = 0

    def pids(self, deployment: str) -> list[int]:
        return self.replicas[deployment]

    def kill(self, pid: int) -> None:
        self.killed.append(pid)
        self.replicas = {
            name: [each + 1000 if each == pid else each for each in pids] for name, pids in self.replicas.items()
        }

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        assert condition(), what

    def wait_until_whole(self) -> None:
        self.whole += 1


def test_every_old_replica_is_replaced_and_the_next_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    monkeypatch.setattr(application_jar, "give_to_ray", given.append)
    serve = Serve()
    old = [pid for pids in serve.replicas.values() for pid in pids]
    (fault,) = run.named("update")

    def began(explains: Collection[str] = (), **_: object) -> None:
        assert "no-replica" in explains

    fault.make(serve, began)  # type: ignore[arg-type]
    assert given == ["project"]
    assert sorted(serve.killed) == old
    assert serve.whole == len(old)


def test_without_another_build_there_is_nothing_to_update() -> None:
    (fault,) = run.named("update")
    assert fault.obstacle(SimpleNamespace(starts_older=False)) == "needs --older-jar"  # type: ignore[arg-type]
    assert fault.obstacle(SimpleNamespace(starts_older=True)) is None  # type: ignore[arg-type]
