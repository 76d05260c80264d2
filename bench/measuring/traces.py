"""Traces of requests: made from a seed, replayed in order over HTTP, and what came of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from launcher.errors import LauncherError
from measuring import java
from measuring.java import BenchClasses, Conversation

OVERFLOW = "Deploymentx"
_MAIN = "io.manymodels.bench.TraceClient"


def zipf(tenants: Sequence[int], exponent: float, requests: int, seed: int) -> list[int]:
    """So many draws of the tenants, the first of which is asked for most."""
    weights = list(accumulate((rank + 1) ** -exponent for rank in range(len(tenants))))
    return random.Random(seed).choices(tenants, cum_weights=weights, k=requests)  # noqa: S311 - a trace, no secret


@dataclass(frozen=True)
class Replay:
    """What the client saw. Times of requests in microseconds; wrong answers are errors and no requests."""

    seconds: float
    requests: int
    hits: int
    errors: int
    rate: float
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float
    first_error: str


@dataclass(frozen=True)
class Sent:
    """A request as it went. Without a right answer, deployment is a dash."""

    millis: int
    tenant: str
    status: int
    deployment: str

    @property
    def is_answered(self) -> bool:
        return self.status == 200 and self.deployment != "-"


def parse(lines: Iterable[str]) -> list[Sent]:
    """The client's result file."""
    fields = (line.rstrip("\n").split(",") for line in lines)
    return [Sent(int(millis), tenant, int(status), deployment) for millis, tenant, status, deployment in fields]


def hit_ratio(sent: Sequence[Sent]) -> float:
    """The share of the right answers that a hot deployment gave."""
    answered = [one for one in sent if one.is_answered]
    return sum(one.deployment != OVERFLOW for one in answered) / len(answered) if answered else 0.0


def csv(sent: Sequence[Sent]) -> str:
    """The answered requests as the simulator reads them."""
    return "".join(f"{one.millis},{one.tenant}\n" for one in sent if one.is_answered)


class TraceClient:
    """Replays traces, one after the other. Not thread-safe."""

    def __init__(self, process: Conversation, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def results(self) -> Path:
        return self._folder / "trace.results"

    def replay(
        self, port: int, trace: Iterable[tuple[str, int]], connections: int, seconds: float = 0, keep: bool = False
    ) -> Replay:
        """Sends the trace of tenants, each with what its model predicts: once, or for the seconds.

        With `keep` the requests are in the file `results` afterwards.
        """
        file = self._folder / "trace.requests"
        file.write_text("".join(f"{tenant},{number}\n" for tenant, number in trace))
        replay = Replay(**self._process.ask(port, connections, seconds, file, self.results if keep else "-"))
        if replay.requests == 0:
            raise LauncherError(f"no right answer, but {replay.first_error!r}")
        return replay


@contextmanager
def client(classes: BenchClasses) -> Iterator[TraceClient]:
    with java.conversation(classes, _MAIN, "trace client") as process:
        yield TraceClient(process, classes.folder.parent)
